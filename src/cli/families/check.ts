import { settings, type CommandRow } from './command-row.ts';

export const checkCommands = {
  check: {
    summary: 'tell whether a destination is protected by DANE, and what would become of mail for it',
    text: [
      `Every host of the destination and every address of it is looked up and spoken to as a delivery would do it, up to the \
greeting within TLS. No mail is sent. No relay need run, and one that runs is not disturbed. How to read the output is in \
docs/check.md.`,
      `It says what would become of mail at the level that the settings have for the destination, and with --level at another.`,
      `The exit status is 0 if all addresses are authenticated by signed records, 1 if one does not show what they say or its TLS \
fails, 2 if something could not be looked up or asked, 3 if the destination is not protected, and 64 if the command line makes no \
sense. Of several destinations the worst counts: 1, 2, 3, 0.`,
    ],
    operands: {
      usage: '[DESTINATION...]',
      one: 'a domain or host',
      text: 'A domain, a host in brackets, either with a port: "example.org", "[mx.example.org]:25".',
    },
    options: [
      ...settings,
      'level',
      'json',
      'nagios',
      'csv',
      'note',
      'at',
      'days',
      'repeat',
      'delay',
      'timeout',
      'file',
      'mailed',
      'parallel',
      'port',
      'resolver',
      'ipv4',
      'ipv6',
    ],
    example: 'dane-relay check --level dane-only example.org',
  },
} as const satisfies Readonly<Record<string, CommandRow>>;
