import { join } from 'node:path';
import type { KeptLimits } from '../core/mail/kept.ts';
import type { Config } from './config.ts';

/** How much is kept of receipts. */
export function receiptLimits({ receipts }: Pick<Config, 'receipts'>): KeptLimits {
  return { keptMs: receipts.keepMs, octets: receipts.sizeLimitBytes };
}

/** Where the key is, or is to be. */
export function receiptKeyFile({ receipts }: Pick<Config, 'receipts'>, dataDir: string): string {
  return receipts.keyFile === '' ? join(dataDir, 'receipt.key') : receipts.keyFile;
}
