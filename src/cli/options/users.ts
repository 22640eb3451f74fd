import type { OptionRow } from './row.ts';

/** Options of the commands of users. */
export const usersOptions = {
  generate: { text: 'Makes a password and prints it, instead of asking for one.' },
} as const satisfies Readonly<Record<string, OptionRow>>;
