import { settings, type CommandRow, type GroupRow } from './command-row.ts';

export const exceptCommands = {
  except: {
    summary: 'give a domain another TLS level, until a date',
    text: [
      `Until the date, mail for the domain goes at this level, whatever tls.level and the policy map say; then the exception is \
gone by itself. All relays of the queue obey it at once, and mail that waits for the domain is due now. The name is a next hop, \
as in the policy map: a domain, or ".example.org" for all below it.`,
      `The level is may, encrypt, dane or dane-only. A lower level than usual means that somebody between the hosts may read \
the mail, or take it. An exception lasts 90 days at most.`,
      'The exit status is 75 if there are 100 exceptions already.',
    ],
    operands: { usage: '<DOMAIN>', one: 'the name of a domain', text: 'The domain, or another next hop.' },
    options: [...settings, 'level', 'until', 'reason'],
    optionTexts: { reason: 'Why, for those who see it later.' },
    example: 'dane-relay except example.org --level may --until +3d --reason renewal',
  },
  'except list': {
    summary: 'show the exceptions from the TLS policy',
    text: ['Those that are over are not shown.'],
    options: [...settings, 'json'],
    example: 'dane-relay except list',
  },
  'except remove': {
    summary: 'end exceptions before their date',
    text: ['The exit status is 75 if there is none for a DOMAIN.'],
    operands: {
      usage: '<DOMAIN...>',
      one: 'the name of a domain',
      text: 'The name, as "except list" shows it.',
    },
    options: settings,
    example: 'dane-relay except remove example.org',
  },
} as const satisfies Readonly<Record<string, CommandRow>>;

export const exceptGroup = {
  except: {
    text: 'These commands set, show and end exceptions from the TLS policy.',
    example: 'dane-relay help except list',
  },
} as const satisfies Readonly<Record<string, GroupRow>>;
