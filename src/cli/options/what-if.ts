import type { OptionRow } from './row.ts';

export const whatIfOptions = {
  since: { value: 'TIME', text: 'How far to look back: "1d", "30d". Without it seven days.' },
} as const satisfies Readonly<Record<string, OptionRow>>;
