import { CLAIMED, HELD } from '../keys.ts';
import { claimed, store } from './parts.ts';

/**
 * Becomes the owner of a destination; what a dead owner had claimed is due again, and not its any more.
 * ARGV: base, dest, uuid, lease ms, now, job -> {token, number of orphans}, or -1 when somebody else is the owner.
 */
export const begin = `
local base, dest = ARGV[1], ARGV[2]
local owner = base .. 'owner:' .. dest
local token = redis.call('GET', owner)
if token and string.match(token, ':(.*)$') ~= ARGV[3] then return -1 end
token = token or (redis.call('INCR', base .. 'seq') .. ':' .. ARGV[3])
redis.call('SET', owner, token, 'PX', ARGV[4])
redis.call('HSET', base .. 'awake', dest, ARGV[6] .. ':0')
local orphans = redis.call('ZRANGEBYSCORE', base .. 'd:' .. dest, ${CLAIMED}, '+inf')
for _, id in ipairs(orphans) do redis.call('ZADD', base .. 'd:' .. dest, ARGV[5], id) end
return {token, #orphans}
`;

/**
 * A lease that ran out while nobody wanted the destination is taken up again: its claims are still good.
 * ARGV: base, dest, token, lease ms -> 1, or 0 when the lease was lost.
 */
export const renew = `
local owner = ARGV[1] .. 'owner:' .. ARGV[2]
local holder = redis.call('GET', owner)
if holder and holder ~= ARGV[3] then return 0 end
redis.call('SET', owner, ARGV[3], 'PX', ARGV[4])
return 1
`;

/**
 * Claims due messages. Small content comes with them as long as all of it together is no more than ARGV[6] octets. What
 * is kept in pieces does not: Lua would hash every octet of it, twice. Nor does a record of more than ARGV[7] octets,
 * which is that of many recipients, and the same at each of their destinations.
 * ARGV: base, dest, token, now, count, inline budget, longest record
 * -> {id, record | '' if it is longer, progress | '', 1 if the body is here, body, dot | ''}..., or -1: lease lost.
 */
export const take = `${claimed}
local base, dest = ARGV[1], ARGV[2]
if redis.call('GET', base .. 'owner:' .. dest) ~= ARGV[3] then return -1 end
local queue = base .. 'd:' .. dest
local count = tonumber(ARGV[5])
local ids = redis.call('ZRANGEBYSCORE', queue, '-inf', ARGV[4], 'LIMIT', 0, count)
if #ids < count then redis.call('SADD', base .. 'hungry', dest) end
local taken, budget, score = {}, tonumber(ARGV[6]), claimed(ARGV[3])
for _, id in ipairs(ids) do
  local key = base .. 'm:' .. id
  local record, progress, dot = unpack(redis.call('HMGET', key, 'record', 's:' .. dest, 'dot:' .. dest))
  if record then
    redis.call('ZADD', queue, score, id)
    local size = tonumber(redis.call('HGET', key, 'size') or budget + 1)
    local whole, body = 0, ''
    if size <= budget then
      body = redis.call('HGET', key, 'body') or ''
      budget = budget - #body
      whole = #body > 0 and 1 or 0
    end
    if #record > tonumber(ARGV[7]) then record = '' end
    taken[#taken + 1] = {id, record, progress or '', whole, body, dot or ''}
  else
    redis.call('ZREM', queue, id)
  end
end
return taken
`;

/**
 * Writes down that final dots are about to be sent, each only if the message is still claimed by the run that asks.
 * ARGV: base, lease ms, then for each: dest, token, id, recipients (\`*\` or indexes)
 * -> for each: 1 granted, 2 granted and the lease, which had run out, is good again; 0 the message belongs to somebody else.
 */
export const leave = `${claimed}
local base = ARGV[1]
local answers = {}
for i = 3, #ARGV, 4 do
  local dest, token, id, dot = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  local answer = 0
  if tonumber(redis.call('ZSCORE', base .. 'd:' .. dest, id) or 0) == claimed(token) then
    answer = 1
    if redis.call('SET', base .. 'owner:' .. dest, token, 'NX', 'PX', ARGV[2]) then answer = 2 end
    local key, field = base .. 'm:' .. id, 'dot:' .. dest
    local before = redis.call('HGET', key, field)
    if before == '*' then dot = '*' end
    if before and dot ~= '*' then dot = before .. ',' .. dot end
    redis.call('HSET', key, field, dot)
  end
  answers[#answers + 1] = answer
end
return answers
`;

/**
 * Writes down what is known in the midst of an attempt: who waits no longer, and who is still in doubt.
 * ARGV: base, dest, token, id, progress JSON, recipients in doubt | '' -> 1, or 0 when it is not ours any more.
 */
export const hear = `${claimed}
local base, dest, key = ARGV[1], ARGV[2], ARGV[1] .. 'm:' .. ARGV[4]
if tonumber(redis.call('ZSCORE', base .. 'd:' .. dest, ARGV[4]) or 0) ~= claimed(ARGV[3]) then return 0 end
redis.call('HSET', key, 's:' .. dest, ARGV[5])
if ARGV[6] == '' then redis.call('HDEL', key, 'dot:' .. dest) else redis.call('HSET', key, 'dot:' .. dest, ARGV[6]) end
return 1
`;

/**
 * Writes down what an attempt came to. Does nothing when the entry is not claimed by this run any more: then it was
 * settled before, or somebody else has taken it over.
 * ARGV: base, dest, token, id, now, next score | 0 when finished, progress JSON | '', then for each report: id,
 * record, body, dest -> {1 when the whole message is gone, 0 when it stays, rings}; or, not ours to settle, {-1, nothing,
 * 1 if what is stored is this very outcome, 1 if the message waits at the destination, 1 if it is there at all}.
 */
export const settle = `${claimed}${store}
local base, dest, id = ARGV[1], ARGV[2], ARGV[4]
local queue, key = base .. 'd:' .. dest, base .. 'm:' .. id
local rings = {}
local score = redis.call('ZSCORE', queue, id)
if tonumber(score or 0) ~= claimed(ARGV[3]) then
  local same = ARGV[6] ~= '0' and redis.call('HGET', key, 's:' .. dest) == ARGV[7]
  for i = 8, #ARGV, 4 do same = same or redis.call('EXISTS', base .. 'm:' .. ARGV[i]) == 1 end
  return {-1, rings, same and 1 or 0, score and 1 or 0, redis.call('EXISTS', key)}
end
for i = 8, #ARGV, 4 do put(base, ARGV[i], tonumber(ARGV[5]), ARGV[i + 1], ARGV[i + 2], #ARGV[i + 2], {ARGV[i + 3]}, rings) end
redis.call('HDEL', key, 'dot:' .. dest)
if ARGV[6] ~= '0' then
  redis.call('HSET', key, 's:' .. dest, ARGV[7])
  redis.call('ZADD', queue, ARGV[6], id)
  return {0, rings}
end
redis.call('ZREM', queue, id)
if redis.call('HGET', key, 'left') == '1' then
  redis.call('UNLINK', key, base .. 'b:' .. id)
  return {1, rings}
end
redis.call('HINCRBY', key, 'left', -1)
redis.call('HDEL', key, 's:' .. dest)
return {0, rings}
`;

/** Gives claims of this run back untouched. ARGV: base, dest, token, now, id... */
export const release = `${claimed}
local queue, score = ARGV[1] .. 'd:' .. ARGV[2], claimed(ARGV[3])
for i = 5, #ARGV do
  if tonumber(redis.call('ZSCORE', queue, ARGV[i]) or 0) == score then redis.call('ZADD', queue, ARGV[4], ARGV[i]) end
end
return 1
`;

/**
 * What this run claimed and never heard of, because the answer was lost with a connection, is due now.
 * ARGV: base, dest, token, now, id it knows of... -> number of them.
 */
export const regain = `${claimed}
local queue, score = ARGV[1] .. 'd:' .. ARGV[2], claimed(ARGV[3])
local known, count = {}, 0
for i = 5, #ARGV do known[ARGV[i]] = true end
for _, id in ipairs(redis.call('ZRANGEBYSCORE', queue, score, score)) do
  if not known[id] then
    redis.call('ZADD', queue, ARGV[4], id)
    count = count + 1
  end
end
return count
`;

/**
 * Looks whether a run may end. What it claimed and could not settle is due again a little later: nobody else would ever
 * look at it. What it claimed and never heard of, because the answer was lost with a connection, is due now.
 * ARGV: base, dest, token, now, later, id of what could not be settled...
 * -> 'more' (mail is due), 'empty' (nothing will ever fall due, owner resigned), 'lost' (not ours any more), or the due
 * time of the next.
 */
export const rest = `
local base, dest = ARGV[1], ARGV[2]
local queue = base .. 'd:' .. dest
if redis.call('GET', base .. 'owner:' .. dest) ~= ARGV[3] then return 'lost' end
redis.call('HDEL', base .. 'postponed', dest)
for i = 6, #ARGV do
  if tonumber(redis.call('ZSCORE', queue, ARGV[i]) or 0) >= ${CLAIMED} then redis.call('ZADD', queue, ARGV[5], ARGV[i]) end
end
for _, id in ipairs(redis.call('ZRANGEBYSCORE', queue, ${CLAIMED}, '+inf')) do redis.call('ZADD', queue, ARGV[4], id) end
local first = redis.call('ZRANGE', queue, 0, 0, 'WITHSCORES')
if #first == 0 or tonumber(first[2]) >= ${HELD} then
  redis.call('SREM', base .. 'hungry', dest)
  redis.call('HDEL', base .. 'awake', dest)
  if #first == 0 then redis.call('SREM', base .. 'dests', dest) end
  redis.call('DEL', base .. 'owner:' .. dest)
  return 'empty'
end
if tonumber(first[2]) <= tonumber(ARGV[4]) then return 'more' end
return first[2]
`;

/**
 * The job of a destination sleeps until ARGV[5]; mail that came in between is noticed here.
 * ARGV: base, dest, token, job, until, now, 1 if the mail that is due sleeps too, why it does | ''
 * -> 1 when the job must be promoted at once, else 0.
 */
export const slept = `
local base, dest = ARGV[1], ARGV[2]
if redis.call('GET', base .. 'owner:' .. dest) == ARGV[3] then redis.call('DEL', base .. 'owner:' .. dest) end
local hungry = redis.call('SREM', base .. 'hungry', dest)
local first = redis.call('ZRANGE', base .. 'd:' .. dest, 0, 0, 'WITHSCORES')
local promote = #first == 2 and tonumber(first[2]) < tonumber(ARGV[5]) and ARGV[7] == '0'
redis.call('HSET', base .. 'awake', dest, ARGV[4] .. ':' .. (promote and '0' or ARGV[5]))
if (ARGV[8] or '') ~= '' and #first == 2 then redis.call('HSET', base .. 'postponed', dest, ARGV[8]) end
return promote and 1 or 0
`;
