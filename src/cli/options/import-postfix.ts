import type { OptionRow } from './row.ts';

/** Options of `import-postfix`. */
export const importPostfixOptions = {
  force: { text: 'Overwrites files that are there.' },
} as const satisfies Readonly<Record<string, OptionRow>>;
