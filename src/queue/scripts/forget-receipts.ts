import type { KeptLimits } from '../../core/mail/kept.ts';
import { receipts } from './receipts.ts';
import { nothing, script } from './script.ts';

export interface ForgettingReceipts {
  /** Epoch ms. */
  readonly now: number;
  readonly limits: KeptLimits;
}

/** Messages in one step: few enough not to delay others. */
const MOST = 100;

/** Forgets receipts that were kept for long enough, a part at a time. */
export const forgetReceipts = script({
  flags: 'allow-oom',
  lua: `${receipts}
local size = tonumber(redis.call('GET', base .. 'receipts-size') or 0)
forgetReceipts(tonumber(ARGV[1]), size, {keptMs = tonumber(ARGV[2]), octets = tonumber(ARGV[3])}, ${MOST}, 0)
return 1
`,
  encode: ({ now, limits }: ForgettingReceipts) => [now, limits.keptMs, limits.octets],
  decode: nothing,
});
