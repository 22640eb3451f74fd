import type { OptionRow } from './row.ts';

/** Options of "queue top". */
export const topOptions = {
  once: { text: 'Prints it once and ends, on a terminal too.' },
} as const satisfies Readonly<Record<string, OptionRow>>;
