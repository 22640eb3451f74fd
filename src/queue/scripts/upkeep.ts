import { CLAIMED, HELD } from '../keys.ts';
import { store } from './parts.ts';

/**
 * What the sweeper wants to know; a destination nobody waits for is forgotten on the way. What is due later than anything
 * can be was put off by a clock that was ahead, and is due now; a lease that it gave out ends in time.
 * ARGV: base, dest, now, the latest that anything can be due, lease ms
 * -> {awake | '', owned 0/1, earliest due | '', number of those that were due too late}; what is held is never due.
 */
export const audit = `
local base, dest = ARGV[1], ARGV[2]
local queue, owner = base .. 'd:' .. dest, base .. 'owner:' .. dest
local late = redis.call('ZRANGEBYSCORE', queue, '(' .. ARGV[4], '(${HELD}', 'LIMIT', 0, 1000)
for _, id in ipairs(late) do redis.call('ZADD', queue, ARGV[3], id) end
if redis.call('PTTL', owner) > 2 * tonumber(ARGV[5]) then redis.call('PEXPIRE', owner, ARGV[5]) end
local due = redis.call('ZRANGEBYSCORE', queue, '-inf', '(${HELD}', 'WITHSCORES', 'LIMIT', 0, 1)
if #due == 0 then due = redis.call('ZRANGEBYSCORE', queue, ${CLAIMED}, '+inf', 'WITHSCORES', 'LIMIT', 0, 1) end
if redis.call('EXISTS', queue) == 0 then
  redis.call('SREM', base .. 'dests', dest)
  redis.call('HDEL', base .. 'postponed', dest)
end
return {redis.call('HGET', base .. 'awake', dest) or '', redis.call('EXISTS', owner), due[2] or '', #late}
`;

/**
 * Mends what hangs by no thread: a message that no destination knows is due again, contents without a message go.
 * ARGV: base, id, now -> {0 all is well, 1 removed, 2 due again; rings}.
 */
export const mend = `${store}
local base, id, now = ARGV[1], ARGV[2], tonumber(ARGV[3])
local key = base .. 'm:' .. id
local rings = {}
local record = redis.call('HGET', key, 'record')
if not record then
  if redis.call('ZSCORE', base .. 'incoming', id) then return {0, rings} end
  return {redis.call('UNLINK', key, base .. 'b:' .. id) > 0 and 1 or 0, rings}
end
-- Recipients may have been moved to a destination that was none of the message's at first.
local begun, first = {}, {}
for _, field in ipairs(redis.call('HKEYS', key)) do
  if string.sub(field, 1, 2) == 's:' then begun[#begun + 1] = string.sub(field, 3) end
end
for _, route in ipairs(cjson.decode(record).routing) do first[#first + 1] = route[1] end
for _, dests in ipairs({begun, first}) do
  for _, dest in ipairs(dests) do
    if redis.call('ZSCORE', base .. 'd:' .. dest, id) then return {0, rings} end
  end
end
local dests = #begun > 0 and begun or first
for _, dest in ipairs(dests) do
  redis.call('ZADD', base .. 'd:' .. dest, now, id)
  redis.call('SADD', base .. 'dests', dest)
  rings[#rings + 1] = wake(base, dest, now)
end
redis.call('HSET', key, 'left', #dests)
return {2, rings}
`;

/** Replaces the alarm of a destination. ARGV: base, dest, due ms -> new job name. */
export const rewake = `
local base, dest = ARGV[1], ARGV[2]
local job = tostring(redis.call('INCR', base .. 'seq'))
redis.call('HSET', base .. 'awake', dest, job .. ':' .. ARGV[3])
return job
`;
