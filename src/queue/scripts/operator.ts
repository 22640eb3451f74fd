import { CLAIMED, HELD } from '../keys.ts';
import { store } from './parts.ts';

/** More were never read by anybody. */
const KEPT_NOTES = 1000;

/**
 * Recipients that were held are due: their progress is rewritten by the caller, who read it before.
 * ARGV: base, dest, id, now, progress as it was read, new progress -> {1 done, 0 it changed meanwhile; ring | nothing}.
 */
export const unhold = `${store}
local base, dest, id = ARGV[1], ARGV[2], ARGV[3]
local queue, key = base .. 'd:' .. dest, base .. 'm:' .. id
local score = redis.call('ZSCORE', queue, id)
if not score or tonumber(score) >= ${CLAIMED} or redis.call('HGET', key, 's:' .. dest) ~= ARGV[5] then return {0, {}} end
redis.call('HSET', key, 's:' .. dest, ARGV[6])
redis.call('ZADD', queue, ARGV[4], id)
return {1, {wake(base, dest, tonumber(ARGV[4]))}}
`;

/** Forgets a message, delivered or not. ARGV: base, id, dest... -> 1 if it was there. */
export const forget = `
local base, id = ARGV[1], ARGV[2]
for i = 3, #ARGV do redis.call('ZREM', base .. 'd:' .. ARGV[i], id) end
redis.call('UNLINK', base .. 'b:' .. id)
return redis.call('UNLINK', base .. 'm:' .. id)
`;

/** Makes everything that waits for a destination due. ARGV: base, dest, now -> {number, ring | nothing}. */
export const flush = `${store}
local base, dest = ARGV[1], ARGV[2]
local queue = base .. 'd:' .. dest
local ids = redis.call('ZRANGEBYSCORE', queue, '(' .. ARGV[3], '(${HELD}')
for _, id in ipairs(ids) do redis.call('ZADD', queue, ARGV[3], id) end
local rings = {}
if #ids > 0 then rings[1] = wake(base, dest, tonumber(ARGV[3])) end
return {#ids, rings}
`;

/** The same for one message. ARGV: base, dest, now, id -> {1, or 0 when it is not deferred; ring | nothing}. */
export const flushOne = `${store}
local base, dest, now = ARGV[1], ARGV[2], tonumber(ARGV[3])
local queue = base .. 'd:' .. dest
local score = tonumber(redis.call('ZSCORE', queue, ARGV[4]) or 0)
if score <= now or score >= ${HELD} then return {0, {}} end
redis.call('ZADD', queue, ARGV[3], ARGV[4])
return {1, {wake(base, dest, now)}}
`;

/** Leaves word of what the operator did, for the log of a relay. ARGV: base, note JSON. */
export const note = `
redis.call('RPUSH', ARGV[1] .. 'notes', ARGV[2])
redis.call('LTRIM', ARGV[1] .. 'notes', -${KEPT_NOTES}, -1)
return redis.call('PUBLISH', ARGV[1] .. 'noted', '')
`;
