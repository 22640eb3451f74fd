import type { OptionRow } from './row.ts';

/** Options of "trace". */
export const traceOptions = {
  domain: {
    value: 'DOMAIN',
    repeats: true,
    text: 'Only sessions for this next hop: usually the domain of the recipients.',
  },
  host: { value: 'HOST', repeats: true, text: 'Only sessions with this mail host.' },
  address: { value: 'ADDRESS', repeats: true, text: 'Only sessions with this IP address.' },
  count: { value: 'NUMBER', text: 'Ends after so many sessions have ended.' },
} as const satisfies Readonly<Record<string, OptionRow>>;
