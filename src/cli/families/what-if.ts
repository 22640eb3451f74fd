import { settings, type CommandRow } from './command-row.ts';

export const whatIfCommands = {
  'what-if': {
    summary: 'tell which mail would have waited under a policy that is tried out',
    text: [
      `The policy is "tls.what_if", or the attribute what_if= of an entry in the policy map. Mail goes as the other settings say; the relays \
of the queue count what would have become of it. Days are those of UTC, and the first one is counted whole.`,
    ],
    options: [...settings, 'since', 'json'],
    example: 'dane-relay what-if --since 7d',
  },
} as const satisfies Readonly<Record<string, CommandRow>>;
