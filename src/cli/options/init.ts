import type { OptionRow } from './row.ts';

/** Options of `init`. */
export const initOptions = {
  output: {
    value: 'FILE',
    text: 'Writes the settings to FILE. Without it they go to the file that the relay reads.',
  },
} as const satisfies Readonly<Record<string, OptionRow>>;
