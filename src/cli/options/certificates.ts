import type { OptionRow } from './row.ts';

/** Options of the commands of certificates. */
export const certificatesOptions = {
  directory: {
    value: 'DIR',
    text: 'The directory of keys and certificates. Without it they are in tls, in data_dir.',
  },
} as const satisfies Readonly<Record<string, OptionRow>>;
