import type { OptionRow } from './row.ts';

/** Options of reports about TLS. */
export const tlsrptOptions = {
  remove: { text: 'They get reports again.' },
} as const satisfies Readonly<Record<string, OptionRow>>;
