import type { OptionRow } from './row.ts';

/** Options of the commands of tokens. */
export const tokensOptions = {
  sender: {
    value: 'ADDRESS',
    repeats: true,
    text: `What the holder may send from: a mailbox, a domain such as "@example.org", or "<>". It may be given several times. \
Without it every sender is allowed.`,
  },
  rate: {
    value: 'NUMBER',
    text: 'Messages that the holder may send in a minute. Without it there is no limit.',
  },
  size: { value: 'SIZE', text: 'Largest message of the holder, such as "10MiB".' },
} as const satisfies Readonly<Record<string, OptionRow>>;
