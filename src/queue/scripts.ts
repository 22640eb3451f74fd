import { CLAIMED, HELD } from './keys.ts';

/**
 * The moves of the queue, each one atomic and, with `appendfsync always`, on disk before Redis answers. Arguments are
 * ARGV only (key names are built from the base in ARGV[1]). Those that deliveries use are safe to run twice with the
 * same arguments, because a patient client that lost its connection sends them again.
 */

/** Puts one message in place and rings for its destinations. Used by `accept` and by `settle` for its reports. */
const store = `
local function wake(base, dest, now)
  local awake = redis.call('HGET', base .. 'awake', dest)
  if not awake then
    local job = tostring(redis.call('INCR', base .. 'seq'))
    redis.call('HSET', base .. 'awake', dest, job .. ':0')
    return {dest, 'add', job}
  end
  local job, untilAt = string.match(awake, '^(%d+):(%d+)$')
  if tonumber(untilAt) > now then
    redis.call('HSET', base .. 'awake', dest, job .. ':0')
    return {dest, 'promote', job}
  end
  if redis.call('SREM', base .. 'hungry', dest) == 1 then redis.call('PUBLISH', base .. 'wake', dest) end
  return nil
end
local function put(base, id, now, record, body, size, dests, rings)
  local fields = {'record', record, 'left', #dests, 'size', size}
  if #body > 0 then fields[7] = 'body'; fields[8] = body end
  redis.call('HSET', base .. 'm:' .. id, unpack(fields))
  for _, dest in ipairs(dests) do
    redis.call('ZADD', base .. 'd:' .. dest, now, id)
    redis.call('SADD', base .. 'dests', dest)
    local ring = wake(base, dest, now)
    if ring then rings[#rings + 1] = ring end
  end
end
`;

/**
 * ARGV: base, id, now, record, body | '' when it was written ahead, pieces written ahead, octets, the last moment on the
 * clock of Redis at which anybody waits for it (ms), destination...
 * -> rings {destination, add|promote, job}.
 */
const accept = `${store}
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

/** Score of what a run has claimed. A token is `RUN:UUID`. */
const claimed = `
local function claimed(token) return ${CLAIMED} + tonumber(string.match(token, '^%d+')) end
`;

/**
 * Becomes the owner of a destination; what a dead owner had claimed is due again, and not its any more.
 * ARGV: base, dest, uuid, lease ms, now, job -> {token, number of orphans}, or -1 when somebody else is the owner.
 */
const begin = `
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
const renew = `
local owner = ARGV[1] .. 'owner:' .. ARGV[2]
local holder = redis.call('GET', owner)
if holder and holder ~= ARGV[3] then return 0 end
redis.call('SET', owner, ARGV[3], 'PX', ARGV[4])
return 1
`;

/**
 * Claims due messages. Small content comes with them as long as all of it together is no more than ARGV[6] octets. What
 * is kept in pieces does not: Lua would hash every octet of it, twice.
 * ARGV: base, dest, token, now, count, inline budget
 * -> {id, record, progress | '', 1 if the body is here, body, dot | ''}..., or -1: lease lost.
 */
const take = `${claimed}
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
const leave = `${claimed}
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
 * Writes down what an attempt came to. Does nothing when the entry is not claimed by this run any more: then it was
 * settled before, or somebody else has taken it over.
 * ARGV: base, dest, token, id, now, next score | 0 when finished, progress JSON | '', then for each report: id,
 * record, body, dest -> {1 when the whole message is gone, 0 when it stays, -1 when it was not ours to settle; rings}.
 */
const settle = `${claimed}${store}
local base, dest, id = ARGV[1], ARGV[2], ARGV[4]
local queue, key = base .. 'd:' .. dest, base .. 'm:' .. id
local rings = {}
if tonumber(redis.call('ZSCORE', queue, id) or 0) ~= claimed(ARGV[3]) then return {-1, rings} end
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

/**
 * Marks a message as one whose sender was told that it is late. Who asks second gets nothing.
 * ARGV: base, id, now, other destination... -> nothing, or the progress of each of these | ''.
 */
const warn = `
local key = ARGV[1] .. 'm:' .. ARGV[2]
if redis.call('EXISTS', key) == 0 or redis.call('HSETNX', key, 'warned', ARGV[3]) == 0 then return nil end
local progress = {}
for i = 4, #ARGV do progress[i - 3] = redis.call('HGET', key, 's:' .. ARGV[i]) or '' end
return progress
`;

/** Gives claims of this run back untouched. ARGV: base, dest, token, now, id... */
const release = `${claimed}
local queue, score = ARGV[1] .. 'd:' .. ARGV[2], claimed(ARGV[3])
for i = 5, #ARGV do
  if tonumber(redis.call('ZSCORE', queue, ARGV[i]) or 0) == score then redis.call('ZADD', queue, ARGV[4], ARGV[i]) end
end
return 1
`;

/**
 * Looks whether a run may end. What it claimed and could not settle is due again a little later: nobody else would ever
 * look at it. What it claimed and never heard of, because the answer was lost with a connection, is due now.
 * ARGV: base, dest, token, now, later, id of what could not be settled...
 * -> 'more' (mail is due), 'empty' (nothing will ever fall due, owner resigned), 'lost' (not ours any more), or the due
 * time of the next.
 */
const rest = `
local base, dest = ARGV[1], ARGV[2]
local queue = base .. 'd:' .. dest
if redis.call('GET', base .. 'owner:' .. dest) ~= ARGV[3] then return 'lost' end
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
 * ARGV: base, dest, token, job, until, now -> 1 when the job must be promoted at once, else 0.
 */
const slept = `
local base, dest = ARGV[1], ARGV[2]
if redis.call('GET', base .. 'owner:' .. dest) == ARGV[3] then redis.call('DEL', base .. 'owner:' .. dest) end
local hungry = redis.call('SREM', base .. 'hungry', dest)
local first = redis.call('ZRANGE', base .. 'd:' .. dest, 0, 0, 'WITHSCORES')
local promote = #first == 2 and tonumber(first[2]) < tonumber(ARGV[5]) and ARGV[7] == '0'
redis.call('HSET', base .. 'awake', dest, ARGV[4] .. ':' .. (promote and '0' or ARGV[5]))
return promote and 1 or 0
`;

/**
 * Recipients that were held are due: their progress is rewritten by the caller, who read it before.
 * ARGV: base, dest, id, now, progress as it was read, new progress -> {1 done, 0 it changed meanwhile; ring | nothing}.
 */
const unhold = `${store}
local base, dest, id = ARGV[1], ARGV[2], ARGV[3]
local queue, key = base .. 'd:' .. dest, base .. 'm:' .. id
local score = redis.call('ZSCORE', queue, id)
if not score or tonumber(score) >= ${CLAIMED} or redis.call('HGET', key, 's:' .. dest) ~= ARGV[5] then return {0, {}} end
redis.call('HSET', key, 's:' .. dest, ARGV[6])
redis.call('ZADD', queue, ARGV[4], id)
return {1, {wake(base, dest, tonumber(ARGV[4]))}}
`;

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
const move = `${claimed}${store}
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

/** Forgets a message, delivered or not. ARGV: base, id, dest... -> 1 if it was there. */
const forget = `
local base, id = ARGV[1], ARGV[2]
for i = 3, #ARGV do redis.call('ZREM', base .. 'd:' .. ARGV[i], id) end
redis.call('UNLINK', base .. 'b:' .. id)
return redis.call('UNLINK', base .. 'm:' .. id)
`;

/** Makes everything that waits for a destination due. ARGV: base, dest, now -> {number, ring | nothing}. */
const flush = `${store}
local base, dest = ARGV[1], ARGV[2]
local queue = base .. 'd:' .. dest
local ids = redis.call('ZRANGEBYSCORE', queue, '(' .. ARGV[3], '(${HELD}')
for _, id in ipairs(ids) do redis.call('ZADD', queue, ARGV[3], id) end
local rings = {}
if #ids > 0 then rings[1] = wake(base, dest, tonumber(ARGV[3])) end
return {#ids, rings}
`;

/** ARGV: base, dest, token, suspension JSON -> 1, or 0 when the lease was lost. */
const suspend = `
local base, dest = ARGV[1], ARGV[2]
if redis.call('GET', base .. 'owner:' .. dest) ~= ARGV[3] then return 0 end
redis.call('HSET', base .. 'suspended', dest, ARGV[4])
return 1
`;

/**
 * Takes mail off the list of what waits for the destination, and makes it due as soon as its last attempt is long enough
 * ago. What is claimed, held or gone is only struck off. ARGV: base, dest, now, count, long enough in ms -> number struck off.
 */
const hasten = `
local base, dest, now, backoff = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[5])
local queue = base .. 'd:' .. dest
local popped = redis.call('ZPOPMIN', base .. 'w:' .. dest, ARGV[4])
for i = 1, #popped, 2 do
  local due = tonumber(redis.call('ZSCORE', queue, popped[i]) or 0)
  local early = math.max(now, tonumber(popped[i + 1]) + backoff)
  if due > early and due < ${HELD} then redis.call('ZADD', queue, early, popped[i]) end
end
return #popped / 2
`;

/**
 * What the sweeper wants to know; a destination nobody waits for is forgotten on the way.
 * ARGV: base, dest -> {awake | '', owned 0/1, earliest due | ''}; what is held is never due.
 */
const audit = `
local base, dest = ARGV[1], ARGV[2]
local queue = base .. 'd:' .. dest
local due = redis.call('ZRANGEBYSCORE', queue, '-inf', '(${HELD}', 'WITHSCORES', 'LIMIT', 0, 1)
if #due == 0 then due = redis.call('ZRANGEBYSCORE', queue, ${CLAIMED}, '+inf', 'WITHSCORES', 'LIMIT', 0, 1) end
if redis.call('EXISTS', queue) == 0 then redis.call('SREM', base .. 'dests', dest) end
return {redis.call('HGET', base .. 'awake', dest) or '', redis.call('EXISTS', base .. 'owner:' .. dest), due[2] or ''}
`;

/**
 * Mends what hangs by no thread: a message that no destination knows is due again, contents without a message go.
 * ARGV: base, id, now -> {0 all is well, 1 removed, 2 due again; rings}.
 */
const mend = `${store}
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
const rewake = `
local base, dest = ARGV[1], ARGV[2]
local job = tostring(redis.call('INCR', base .. 'seq'))
redis.call('HSET', base .. 'awake', dest, job .. ':' .. ARGV[3])
return job
`;

/**
 * Ends the doubt whether an `accept` was carried out whose reply did not come: if it was not, it never will be.
 * ARGV: base, id, now -> 1 when the message is in place, else 0.
 */
const fence = `
local base, id = ARGV[1], ARGV[2]
if redis.call('EXISTS', base .. 'm:' .. id) == 1 then return 1 end
redis.call('ZADD', base .. 'fenced', ARGV[3], id)
redis.call('ZADD', base .. 'incoming', 'NX', ARGV[3], id)
redis.call('UNLINK', base .. 'b:' .. id)
return 0
`;

/**
 * Takes back a message whose client was told to send it again, unless a delivery of it has begun.
 * ARGV: base, id, now, destination... -> 1 when there is no such message (any more, or ever), 0 when it stays.
 */
const withdraw = `
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
const adopt = `
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

/**
 * A Redis that is full must still let mail go out: only `accept` and `adopt` obey `maxmemory`. With a first line of its own a script
 * is refused as a whole, without one it is stopped at some command in the middle. (Script flags: Redis 7.0.)
 */
function unlessFull(script: string): string {
  return `#!lua\n${script}`;
}

function evenWhenFull(script: string): string {
  return `#!lua flags=allow-oom\n${script}`;
}

export const scripts = {
  accept: unlessFull(accept),
  adopt: unlessFull(adopt),
  fence: evenWhenFull(fence),
  withdraw: evenWhenFull(withdraw),
  begin: evenWhenFull(begin),
  renew: evenWhenFull(renew),
  take: evenWhenFull(take),
  leave: evenWhenFull(leave),
  settle: evenWhenFull(settle),
  warn: evenWhenFull(warn),
  release: evenWhenFull(release),
  rest: evenWhenFull(rest),
  slept: evenWhenFull(slept),
  flush: evenWhenFull(flush),
  unhold: evenWhenFull(unhold),
  move: evenWhenFull(move),
  forget: evenWhenFull(forget),
  suspend: evenWhenFull(suspend),
  hasten: evenWhenFull(hasten),
  audit: evenWhenFull(audit),
  mend: evenWhenFull(mend),
  rewake: evenWhenFull(rewake),
} as const;
export type ScriptName = keyof typeof scripts;
