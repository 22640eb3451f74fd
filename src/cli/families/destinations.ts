import { settings, type CommandRow } from './command-row.ts';

export const destinationsCommands = {
  destinations: {
    summary: 'show what checks of the destinations that are mailed have found',
    text: [
      `With "tls.health_interval" the relays of a queue check the destinations to which mail has gone with DANE in the last 14 days. This \
shows what they found last; nobody is asked now ("dane-relay check" does that). Those that were mailed last come first.`,
      `The exit status is 75 if nothing is known of a DOMAIN.`,
    ],
    operands: {
      usage: '[DOMAIN...]',
      one: 'a destination',
      text: 'Only these destinations.',
    },
    options: [...settings, 'json', 'note'],
    optionTexts: {
      note: 'Prints texts for postmasters instead: one for each destination of which there is something to say.',
    },
    example: 'dane-relay destinations --note example.org',
  },
} as const satisfies Readonly<Record<string, CommandRow>>;
