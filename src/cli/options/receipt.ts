import type { OptionRow } from './row.ts';

/** Options of the commands of receipts. */
export const receiptOptions = {
  key: {
    value: 'FILE',
    text: 'The public key of the relay: PEM, as "dane-relay receipt key" prints it, or a JWK.',
  },
} as const satisfies Readonly<Record<string, OptionRow>>;
