import type { OptionRow } from './row.ts';

/** Options of the commands of the queue. */
export const queueOptions = {
  live: {
    text: 'Exports although a relay works on the queue. Such a copy is to be kept, not to be imported.',
  },
} as const satisfies Readonly<Record<string, OptionRow>>;
