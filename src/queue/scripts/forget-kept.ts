import type { KeptLimits } from '../../core/mail/kept.ts';
import { kept } from './kept.ts';
import { nothing, script } from './script.ts';

export interface ForgettingKept {
  /** Epoch ms. */
  readonly now: number;
  /** Absent: nothing is kept. */
  readonly limits: KeptLimits | undefined;
}

/** Few enough not to delay others. */
const MOST = 500;

/** Forgets what was kept for long enough, a part at a time; all of it at once where nothing is kept. */
export const forgetKept = script({
  flags: 'allow-oom',
  lua: `${kept}
local now, keptMs, limit = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
if keptMs == 0 then
  for _, name in ipairs({'past', 'past-facts', 'failed', 'failed-at'}) do redis.call('UNLINK', base .. name) end
  return 0
end
forgetAttempts(now, counted('octets', 0), keptMs, limit, ${MOST})
forgetFailures(now, counted('failed', 0), keptMs, limit, ${MOST})
return 1
`,
  encode: ({ now, limits }: ForgettingKept) => [now, limits?.keptMs ?? 0, limits?.octets ?? 0],
  decode: nothing,
});
