import { settings, type CommandRow, type GroupRow } from './command-row.ts';

export const stsCommands = {
  'sts list': {
    summary: 'show the MTA-STS policies that are known',
    text: [
      `Of each domain: its mode, its id, until when it is in force, when it is fetched anew, and the mail hosts that it lists. The \
policies are in the queue's Redis, shared by all relays of the queue.`,
    ],
    operands: {
      usage: '[DOMAIN...]',
      one: 'the name of a domain',
      text: 'Only these domains.',
    },
    options: [...settings, 'json'],
    example: 'dane-relay sts list example.org',
  },
  'sts refresh': {
    summary: 'fetch MTA-STS policies anew',
    text: [
      `A relay does so within some seconds; its log tells what came of it. Usually it does so about once a day, and whenever the id in the \
DNS changes. The exit status is 75 if there is no policy of a DOMAIN.`,
    ],
    operands: {
      usage: '<DOMAIN...>',
      one: 'the name of a domain',
      text: 'The domain, as "sts list" shows it.',
    },
    options: settings,
    example: 'dane-relay sts refresh example.org',
  },
  'sts drop': {
    summary: 'forget MTA-STS policies',
    text: [
      `For a policy that a stranger has planted, or that its domain has lost control of. The next mail asks the domain again: if it still \
publishes a policy, that one is in force then. Mail under way may use the old one for two minutes. To do without the policy of a domain, \
write "mta_sts=off" into the policy map. The exit status is 75 if there is no policy of a DOMAIN.`,
    ],
    operands: {
      usage: '<DOMAIN...>',
      one: 'the name of a domain',
      text: 'The domain, as "sts list" shows it.',
    },
    options: settings,
    example: 'dane-relay sts drop example.org',
  },
} as const satisfies Readonly<Record<string, CommandRow>>;

export const stsGroup = {
  sts: {
    text: 'These commands show, renew and forget the MTA-STS policies of other domains.',
    example: 'dane-relay help sts list',
  },
} as const satisfies Readonly<Record<string, GroupRow>>;
