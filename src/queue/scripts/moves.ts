import { CLAIMED, HELD } from '../keys.ts';
import { claimed, store } from './parts.ts';

/** A message that was moved a moment ago waits so long before it is looked at again: two relays may disagree. */
const MOVED_AGAIN_MS = 10_000;

/** And one that another destination is just working on. */
const BUSY_MS = 2_000;

/**
 * Takes recipients of a claimed message to other destinations. The caller has read what is there and says what is to be;
 * where it has changed since, nothing happens.
 * ARGV: base, dest, token, id, now, progress as it was read | '', progress of what stays | '' when nothing does,
 * score of what stays | '' when it stays claimed, then for each target: dest, progress as it was read | '', 1 if the
 * message waits there, new progress
 * -> {1 done, 0 not claimed by this run or done before, -1 a target is being worked on, -2 it changed meanwhile; rings}.
 */
export const move = `${claimed}${store}
local base, dest, id, now = ARGV[1], ARGV[2], ARGV[4], tonumber(ARGV[5])
local queue, key = base .. 'd:' .. dest, base .. 'm:' .. id
if tonumber(redis.call('ZSCORE', queue, id) or 0) ~= claimed(ARGV[3]) then return {0, {}} end
if (redis.call('HGET', key, 's:' .. dest) or '') ~= ARGV[6] then return {0, {}} end
for i = 9, #ARGV, 4 do
  local score = redis.call('ZSCORE', base .. 'd:' .. ARGV[i], id)
  if score and tonumber(score) >= ${CLAIMED} or redis.call('HEXISTS', key, 'dot:' .. ARGV[i]) == 1 then
    redis.call('ZADD', queue, now + ${BUSY_MS}, id)
    return {-1, {}}
  end
  local progress = redis.call('HGET', key, 's:' .. ARGV[i]) or ''
  if progress ~= ARGV[i + 1] or (score and '1' or '0') ~= ARGV[i + 2] then return {-2, {}} end
end
local movedAt = tonumber(redis.call('HGET', key, 'moved') or 0)
local due = now - movedAt < ${MOVED_AGAIN_MS} and now + ${MOVED_AGAIN_MS} or now
redis.call('HSET', key, 'moved', now)
local rings = {}
for i = 9, #ARGV, 4 do
  local target = base .. 'd:' .. ARGV[i]
  local score = redis.call('ZSCORE', target, id)
  if not score then redis.call('HINCRBY', key, 'left', 1) end
  redis.call('HSET', key, 's:' .. ARGV[i], ARGV[i + 3])
  redis.call('ZADD', target, score and math.min(tonumber(score), due) or due, id)
  redis.call('SADD', base .. 'dests', ARGV[i])
  local ring = wake(base, ARGV[i], now)
  if ring then rings[#rings + 1] = ring end
end
if ARGV[7] ~= '' then
  redis.call('HSET', key, 's:' .. dest, ARGV[7])
  if ARGV[8] ~= '' then redis.call('ZADD', queue, ARGV[8], id) end
else
  redis.call('ZREM', queue, id)
  redis.call('HDEL', key, 's:' .. dest, 'dot:' .. dest)
  redis.call('HINCRBY', key, 'left', -1)
end
return {1, rings}
`;

/**
 * Marks a message as one whose sender was told that it is late: one who asks does so. Whose answer was lost asks again with
 * the same mark. ARGV: base, id, mark -> 1 for the one, else 0.
 */
export const warn = `
local key = ARGV[1] .. 'm:' .. ARGV[2]
if redis.call('EXISTS', key) == 0 then return 0 end
if redis.call('HSETNX', key, 'warned', ARGV[3]) == 1 then return 1 end
return redis.call('HGET', key, 'warned') == ARGV[3] and 1 or 0
`;

/** ARGV: base, dest, token, suspension JSON -> 1, or 0 when the lease was lost. */
export const suspend = `
local base, dest = ARGV[1], ARGV[2]
if redis.call('GET', base .. 'owner:' .. dest) ~= ARGV[3] then return 0 end
redis.call('HSET', base .. 'suspended', dest, ARGV[4])
return 1
`;

/** Mail that was deferred waits for the destination. ARGV: base, dest, since ms, id. */
export const wait = `
return redis.call('ZADD', ARGV[1] .. 'w:' .. ARGV[2], ARGV[3], ARGV[4])
`;

/**
 * Takes mail off the list of what waits for the destination, and makes it due as soon as its last attempt is long enough
 * ago. What is claimed, held or gone is only struck off. ARGV: base, dest, now, count, long enough in ms -> number struck off.
 */
export const hasten = `
local base, dest, now, backoff = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[5])
local queue = base .. 'd:' .. dest
local popped = redis.call('ZPOPMIN', base .. 'w:' .. dest, ARGV[4])
for i = 1, #popped, 2 do
  local due = tonumber(redis.call('ZSCORE', queue, popped[i]) or 0)
  -- A clock that was ahead may have said so.
  local early = math.max(now, math.min(now, tonumber(popped[i + 1])) + backoff)
  if due > early and due < ${HELD} then redis.call('ZADD', queue, early, popped[i]) end
end
return #popped / 2
`;
