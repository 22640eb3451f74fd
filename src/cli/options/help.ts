import type { OptionRow } from './row.ts';

/** Options that every command takes. */
export const helpOptions = {
  help: { short: 'h', text: 'Shows help and exits.' },
  version: { short: 'V', text: 'Shows the version and exits.' },
} as const satisfies Readonly<Record<string, OptionRow>>;
