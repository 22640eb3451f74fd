import { settings, type CommandRow, type GroupRow } from './command-row.ts';

export const stickyCommands = {
  'sticky list': {
    summary: 'show the destinations that were proved by DANE',
    text: [
      `Of each destination: until when it is remembered, which of its hosts were proved by signed TLSA records and when, and what it has \
lost since. They are in the queue's Redis, shared by all relays of the queue.`,
    ],
    operands: {
      usage: '[DOMAIN...]',
      one: 'a destination',
      text: 'Only these destinations.',
    },
    options: [...settings, 'json'],
    example: 'dane-relay sticky list example.org',
  },
  'sticky release': {
    summary: 'forget that a destination was proved by DANE',
    text: [
      `For a domain whose operators say that they have given DNSSEC up. Its mail no longer waits because of "tls.sticky"; it goes as the \
rest of the settings says. If DANE comes back, it is remembered anew. The exit status is 75 if nothing was known of a DOMAIN.`,
    ],
    operands: {
      usage: '<DOMAIN...>',
      one: 'a destination',
      text: 'The destination, as "sticky list" shows it.',
    },
    options: settings,
    example: 'dane-relay sticky release example.org',
  },
} as const satisfies Readonly<Record<string, CommandRow>>;

export const stickyGroup = {
  sticky: {
    text: 'These commands show and forget destinations that were proved by DANE.',
    example: 'dane-relay help sticky list',
  },
} as const satisfies Readonly<Record<string, GroupRow>>;
