import { CLAIMED } from '../keys.ts';
import { store } from './parts.ts';

/**
 * ARGV: base, id, now, record, body | '' when it was written ahead, pieces written ahead, octets, the last moment on the
 * clock of Redis at which anybody waits for it (ms), destination...
 * -> rings {destination, add|promote, job}.
 */
export const accept = `${store}
local base, id = ARGV[1], ARGV[2]
local time = redis.call('TIME')
if time[1] * 1000 + time[2] / 1000 > tonumber(ARGV[8]) then return redis.error_reply('LATE accept') end
if redis.call('EXISTS', base .. 'm:' .. id) == 1 then return redis.error_reply('DUPLICATE queue id') end
if redis.call('ZSCORE', base .. 'fenced', id) then return redis.error_reply('FENCED queue id') end
if redis.call('LLEN', base .. 'b:' .. id) ~= tonumber(ARGV[6]) then return redis.error_reply('MISSING content') end
if ARGV[6] ~= '0' then redis.call('ZREM', base .. 'incoming', id) end
local dests = {}
for i = 9, #ARGV do dests[#dests + 1] = ARGV[i] end
local rings = {}
put(base, id, tonumber(ARGV[3]), ARGV[4], ARGV[5], ARGV[7], dests, rings)
return rings
`;

/**
 * Ends the doubt whether an `accept` was carried out whose reply did not come: if it was not, it never will be.
 * ARGV: base, id, now -> 1 when the message is in place, else 0.
 */
export const fence = `
local base, id = ARGV[1], ARGV[2]
if redis.call('EXISTS', base .. 'm:' .. id) == 1 then return 1 end
redis.call('ZADD', base .. 'fenced', ARGV[3], id)
redis.call('ZADD', base .. 'incoming', 'NX', math.floor(ARGV[3]) + 0.5, id)
redis.call('UNLINK', base .. 'b:' .. id)
return 0
`;

/** Content that is still being written ahead. ARGV: base, now, id... -> 1. */
export const keep = `
for i = 3, #ARGV do redis.call('ZADD', ARGV[1] .. 'incoming', 'XX', ARGV[2], ARGV[i]) end
return 1
`;

/**
 * Removes content that was written ahead and is not that of a message. In a script, for MULTI is refused by a Redis that is
 * full. ARGV: base, id, score that it is listed with | '' for any, 1 if more of it may come -> 1, or 0 when it was renewed.
 */
export const discard = `
local base, id = ARGV[1], ARGV[2]
local score = redis.call('ZSCORE', base .. 'incoming', id)
if ARGV[3] ~= '' and score ~= ARGV[3] or redis.call('EXISTS', base .. 'm:' .. id) == 1 then return 0 end
if ARGV[4] == '0' then redis.call('ZREM', base .. 'incoming', id) end
redis.call('UNLINK', base .. 'b:' .. id)
return 1
`;

/** What is being written ahead, of a thousand messages at most. ARGV: base -> {number of messages, octets}. */
export const unfinished = `
local base, bytes = ARGV[1], 0
for _, id in ipairs(redis.call('ZRANGE', base .. 'incoming', 0, 999)) do
  bytes = bytes + (redis.call('MEMORY', 'USAGE', base .. 'b:' .. id) or 0)
end
return {redis.call('ZCARD', base .. 'incoming'), bytes}
`;

/**
 * Takes back a message whose client was told to send it again, unless a delivery of it has begun.
 * ARGV: base, id, now, destination... -> 1 when there is no such message (any more, or ever), 0 when it stays.
 */
export const withdraw = `
local base, id = ARGV[1], ARGV[2]
local key = base .. 'm:' .. id
redis.call('ZADD', base .. 'fenced', ARGV[3], id)
if redis.call('EXISTS', key) == 0 then return 1 end
for i = 4, #ARGV do
  local score = redis.call('ZSCORE', base .. 'd:' .. ARGV[i], id)
  if not score or tonumber(score) >= ${CLAIMED} or redis.call('HEXISTS', key, 's:' .. ARGV[i]) == 1
    or redis.call('HEXISTS', key, 'dot:' .. ARGV[i]) == 1 then return 0 end
end
for i = 4, #ARGV do redis.call('ZREM', base .. 'd:' .. ARGV[i], id) end
redis.call('UNLINK', key, base .. 'b:' .. id)
return 1
`;

/**
 * Puts a message of a dump in place, unless it is there or was put there by an import of the same dump before.
 * ARGV: base, id, name under which its content was written ahead, dump, pieces written ahead, body | '', length of the
 * fields, field, value..., destination, due... -> 1, or 0 when it was known.
 */
export const adopt = `
local base, id, temporary, adopted = ARGV[1], ARGV[2], ARGV[3], ARGV[1] .. 'adopted:' .. ARGV[4]
local key, content = base .. 'm:' .. id, base .. 'b:' .. temporary
redis.call('ZREM', base .. 'incoming', temporary)
if redis.call('EXISTS', key) == 1 or redis.call('SISMEMBER', adopted, id) == 1 then
  redis.call('UNLINK', content)
  return 0
end
if redis.call('LLEN', content) ~= tonumber(ARGV[5]) then return redis.error_reply('MISSING content') end
local last = 7 + tonumber(ARGV[7])
for i = 8, last, 2 do redis.call('HSET', key, ARGV[i], ARGV[i + 1]) end
redis.call('HSET', key, 'left', (#ARGV - last) / 2)
if ARGV[5] == '0' then redis.call('HSET', key, 'body', ARGV[6]) else redis.call('RENAME', content, base .. 'b:' .. id) end
for i = last + 1, #ARGV, 2 do
  redis.call('ZADD', base .. 'd:' .. ARGV[i], ARGV[i + 1], id)
  redis.call('SADD', base .. 'dests', ARGV[i])
end
redis.call('SADD', adopted, id)
redis.call('EXPIRE', adopted, 30 * 86400)
return 1
`;
