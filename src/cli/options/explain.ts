import type { OptionRow } from './row.ts';

/** Options of "explain". */
export const explainOptions = {
  letter: {
    text: 'Prints a letter to the postmaster of the destination instead, ready to be sent another way.',
  },
} as const satisfies Readonly<Record<string, OptionRow>>;
