import { checkNames } from '../../core/doctor/finding.ts';
import type { OptionRow } from './row.ts';

/** Options of "doctor" alone. */
export const doctorOptions = {
  only: {
    value: 'CHECKS',
    repeats: true,
    text: `Makes these checks alone, with commas between: ${checkNames.join(', ')}.`,
  },
} as const satisfies Readonly<Record<string, OptionRow>>;
