import type { OptionRow } from './row.ts';

/** Options of exceptions. */
export const exceptOptions = {
  until: {
    value: 'DATE',
    text: 'When it ends: "+3d" or "+12h" from now, "2026-12-01" (as the day begins), or "2026-12-01T18:00".',
  },
} as const satisfies Readonly<Record<string, OptionRow>>;
