import type { OutgoingReport, Progress } from '../../core/delivery/outcome.ts';
import type { History } from '../../core/mail/history.ts';
import { encodeProgress } from '../forms/record.ts';
import { flag, list, type ScriptAnswer } from './answer.ts';
import { countSessions } from './count-sessions.ts';
import { encodeHistory, history } from './history.ts';
import { kept, keptArguments } from './kept.ts';
import { claimed, put, reportArguments } from './parts.ts';
import { receipts } from './receipts.ts';
import { script } from './script.ts';
import { wakeupsOf, type Wakeup } from './wakeup.ts';

export interface SettleRequest {
  readonly destination: string;
  readonly token: string;
  readonly queueId: string;
  readonly now: number;
  /** Absent if no recipient waits at the destination any more. */
  readonly progress: Progress | undefined;
  /** Messages of our own that must exist once this is stored. */
  readonly reports: readonly OutgoingReport[];
  readonly history?: History | undefined;
}

export type SettleAnswer =
  | {
      readonly isOurs: true;
      /** No recipient of the message waits any more, at any destination. */
      readonly isGone: boolean;
      readonly wakeups: readonly Wakeup[];
    }
  | {
      readonly isOurs: false;
      /** This very outcome was stored before. */
      readonly isSame: boolean;
      /** The message waits at the destination. */
      readonly waits: boolean;
      /** The message waits at some destination. */
      readonly isThere: boolean;
    };

/**
 * Stores the outcome of an attempt. Does nothing if the entry is no longer claimed by this run: it was settled before,
 * or another run has taken it over.
 */
export const settle = script({
  flags: 'allow-oom',
  lua: `${claimed}${put}${history}${countSessions}${kept}${receipts}
local dest, token, id, now, next, progress, told, attempt, failure, keptMs, limit = unpack(ARGV, 1, 11)
local queue, key = base .. 'd:' .. dest, base .. 'm:' .. id
local score = redis.call('ZSCORE', queue, id)
if tonumber(score or 0) ~= claimed(token) then
  local same = next ~= '0' and redis.call('HGET', key, 's:' .. dest) == progress
  for i = 12, #ARGV, 4 do same = same or redis.call('EXISTS', base .. 'm:' .. ARGV[i]) == 1 end
  return {-1, {}, same and 1 or 0, score and 1 or 0, redis.call('EXISTS', key)}
end
local wakeups = {}
for i = 12, #ARGV, 4 do put(ARGV[i], tonumber(now), ARGV[i + 1], ARGV[i + 2], #ARGV[i + 2], {ARGV[i + 3]}, wakeups) end
redis.call('HDEL', key, 'dot:' .. dest)
local h
if told ~= '' then pcall(function()
  h = historyOf(told)
  outcomes(id, h)
  events(tonumber(now), h)
  countSessions(h)
end) end
if h and h.receipts then pcall(keepReceipts, tonumber(now), id, h.receipts) end
if attempt ~= '' then pcall(function()
  local at, ms, octets = tonumber(now), tonumber(keptMs), tonumber(limit)
  keepAttempt(at, attempt, ms, octets)
  if failure ~= '' then keepFailure(at, id .. ' ' .. dest, failure, ms, octets) end
end) end
if next ~= '0' then
  redis.call('HSET', key, 's:' .. dest, progress)
  redis.call('ZADD', queue, next, id)
  return {0, wakeups}
end
redis.call('ZREM', queue, id)
if redis.call('HGET', key, 'left') == '1' then
  redis.call('UNLINK', key, base .. 'b:' .. id)
  return {1, wakeups}
end
redis.call('HINCRBY', key, 'left', -1)
redis.call('HDEL', key, 's:' .. dest)
return {0, wakeups}
`,
  encode: ({ destination, token, queueId, now, progress, reports, ...more }: SettleRequest) => [
    destination,
    token,
    queueId,
    now,
    progress?.nextAt ?? 0,
    progress === undefined ? '' : encodeProgress(progress),
    encodeHistory(more.history),
    ...keptArguments(more.history?.kept),
    ...reportArguments(reports),
  ],
  decode(answer: ScriptAnswer): SettleAnswer {
    const [result, wakeups, same, waits, isThere] = list(answer);
    if (result !== -1) return { isOurs: true, isGone: flag(result), wakeups: wakeupsOf(wakeups) };
    return { isOurs: false, isSame: flag(same), waits: flag(waits), isThere: flag(isThere) };
  },
});
