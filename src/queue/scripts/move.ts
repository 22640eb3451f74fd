import { CLAIMED } from '../forms/keys.ts';
import { integer, list, type ScriptAnswer } from './answer.ts';
import { claimed } from './parts.ts';
import { script } from './script.ts';
import { wake, wakeupsOf, type Wakeup } from './wakeup.ts';

/** Pause before a message that was just moved is looked at again, because two relays may disagree. */
const MOVED_AGAIN_MS = 10_000;

/** The same for a message that another destination is working on. */
const BUSY_MS = 2_000;

export interface Moving {
  readonly destination: string;
  readonly token: string;
  readonly queueId: string;
  readonly now: number;
  /** Progress as it was read; empty when there is none. */
  readonly progress: string;
  /** Progress of what stays; absent if nothing stays. */
  readonly stays?: string | undefined;
  /** Score of what stays; absent if it stays claimed. */
  readonly score?: number | undefined;
  readonly targets: readonly MoveTarget[];
}

export interface MoveTarget {
  readonly destination: string;
  /** Progress as it was read; empty when there is none. */
  readonly before: string;
  /** Whether the message waits there. */
  readonly waits: boolean;
  /** The new progress. */
  readonly after: string;
}

export interface MoveAnswer {
  /**
   * `not ours`: this run has not claimed it, or the move was done before. `busy`: a target is working on the message.
   */
  readonly result: 'done' | 'not ours' | 'busy' | 'changed meanwhile';
  readonly wakeups: readonly Wakeup[];
}

/**
 * Moves recipients of a claimed message to other destinations. The caller has read the old state and gives the new one.
 * If the state has changed in between, nothing happens.
 */
export const move = script({
  flags: 'allow-oom',
  lua: `${claimed}${wake}
local dest, token, id, clock, progress, stays, staysAt = unpack(ARGV, 1, 7)
local now, queue, key = tonumber(clock), base .. 'd:' .. dest, base .. 'm:' .. id
if tonumber(redis.call('ZSCORE', queue, id) or 0) ~= claimed(token) then return {0, {}} end
if (redis.call('HGET', key, 's:' .. dest) or '') ~= progress then return {0, {}} end
for i = 8, #ARGV, 4 do
  local score = redis.call('ZSCORE', base .. 'd:' .. ARGV[i], id)
  if score and tonumber(score) >= ${CLAIMED} or redis.call('HEXISTS', key, 'dot:' .. ARGV[i]) == 1 then
    redis.call('ZADD', queue, now + ${BUSY_MS}, id)
    return {-1, {}}
  end
  local before = redis.call('HGET', key, 's:' .. ARGV[i]) or ''
  if before ~= ARGV[i + 1] or (score and '1' or '0') ~= ARGV[i + 2] then return {-2, {}} end
end
local movedAt = tonumber(redis.call('HGET', key, 'moved') or 0)
local due = now - movedAt < ${MOVED_AGAIN_MS} and now + ${MOVED_AGAIN_MS} or now
redis.call('HSET', key, 'moved', clock)
local wakeups = {}
for i = 8, #ARGV, 4 do
  local target = base .. 'd:' .. ARGV[i]
  local score = redis.call('ZSCORE', target, id)
  if not score then redis.call('HINCRBY', key, 'left', 1) end
  redis.call('HSET', key, 's:' .. ARGV[i], ARGV[i + 3])
  redis.call('ZADD', target, score and math.min(tonumber(score), due) or due, id)
  redis.call('SADD', base .. 'dests', ARGV[i])
  local wakeup = wake(ARGV[i], now)
  if wakeup then wakeups[#wakeups + 1] = wakeup end
end
if stays ~= '' then
  redis.call('HSET', key, 's:' .. dest, stays)
  if staysAt ~= '' then redis.call('ZADD', queue, staysAt, id) end
else
  redis.call('ZREM', queue, id)
  redis.call('HDEL', key, 's:' .. dest, 'dot:' .. dest)
  redis.call('HINCRBY', key, 'left', -1)
end
return {1, wakeups}
`,
  encode: ({ destination, token, queueId, now, progress, stays, score, targets }: Moving) => [
    destination,
    token,
    queueId,
    now,
    progress,
    stays ?? '',
    score ?? '',
    ...targets.flatMap(({ destination: target, before, waits, after }) => [
      target,
      before,
      waits ? 1 : 0,
      after,
    ]),
  ],
  decode(answer: ScriptAnswer): MoveAnswer {
    const [result, wakeups] = list(answer);
    return { result: resultOf(integer(result)), wakeups: wakeupsOf(wakeups) };
  },
});

function resultOf(code: number): MoveAnswer['result'] {
  if (code === 1) return 'done';
  if (code === 0) return 'not ours';
  return code === -1 ? 'busy' : 'changed meanwhile';
}
