import { newKeyTypes } from '../../dkim/make-keys.ts';
import type { OptionRow } from './row.ts';

/** Options of the commands of DKIM keys. */
export const dkimOptions = {
  selector: {
    value: 'NAME',
    text: 'The name of the new key in the DNS. Without it the date is taken. Of two keys each gets its algorithm behind it.',
  },
  algorithm: {
    value: 'ALGORITHM',
    choices: newKeyTypes,
    text: '"both" makes a key of RSA and one of Ed25519 (the default), "rsa" and "ed25519" make one.',
  },
} as const satisfies Readonly<Record<string, OptionRow>>;
