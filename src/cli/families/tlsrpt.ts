import { settings, type CommandRow, type GroupRow } from './command-row.ts';

export const tlsrptCommands = {
  'tlsrpt show': {
    summary: 'show what is counted for reports about TLS',
    text: [
      `Without a DOMAIN there is a line for each domain and day, with its sessions and when the report is due. With one there are \
its policies, too, and what went wrong under each. A report that was sent is not shown any more.`,
      'The exit status is 75 if nothing is counted for one of the DOMAINs.',
    ],
    operands: {
      usage: '[DOMAIN...]',
      one: 'the name of a domain',
      text: 'A domain that mail goes to.',
    },
    options: [...settings, 'json'],
    example: 'dane-relay tlsrpt show example.org',
  },
  'tlsrpt send': {
    summary: 'send reports about TLS now',
    text: [
      `Reports of days that are over are due at once, and a relay that runs sends them within seconds. Without a DOMAIN those of \
all domains are. The day that is under way gets its report when it is over (RFC 8460).`,
      'The exit status is 75 if no report waits.',
    ],
    operands: { usage: '[DOMAIN...]', one: 'the name of a domain', text: 'A domain that mail goes to.' },
    options: settings,
    example: 'dane-relay tlsrpt send example.org',
  },
  'tlsrpt suppress': {
    summary: 'send no more reports about TLS to a domain or an address',
    text: [
      'Without a NAME those are shown that get none.',
      'The exit status is 75 if there are 10,000 already, or if there is nothing to remove.',
    ],
    operands: {
      usage: '[NAME...]',
      one: 'the name of a domain, or an address of reports',
      text: 'A domain, the mailbox of a "mailto:", or a URL, as the log has it.',
    },
    options: [...settings, 'remove', 'json'],
    example: 'dane-relay tlsrpt suppress example.org',
  },
} as const satisfies Readonly<Record<string, CommandRow>>;

export const tlsrptGroup = {
  tlsrpt: {
    text: 'These commands show and send reports about TLS (RFC 8460).',
    example: 'dane-relay help tlsrpt show',
  },
} as const satisfies Readonly<Record<string, GroupRow>>;
