import { CLAIMED } from './keys.ts';

/**
 * The moves of the queue, each one atomic and, with `appendfsync always`, on disk before Redis answers. Arguments are
 * ARGV only (key names are built from the base in ARGV[1]). Those that deliveries use are safe to run twice with the
 * same arguments, because a patient client that lost its connection sends them again.
 */

/** Puts one message in place and rings for its destinations. Used by `accept` and by `settle` for its bounce. */
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
 * ARGV: base, id, now, record, body | '' when it was written ahead, pieces written ahead, octets, destination...
 * -> rings {destination, add|promote, job}.
 */
const accept = `${store}
local base, id = ARGV[1], ARGV[2]
if redis.call('EXISTS', base .. 'm:' .. id) == 1 then return redis.error_reply('DUPLICATE queue id') end
if redis.call('LLEN', base .. 'b:' .. id) ~= tonumber(ARGV[6]) then return redis.error_reply('MISSING content') end
if ARGV[6] ~= '0' then redis.call('ZREM', base .. 'incoming', id) end
local dests = {}
for i = 8, #ARGV do dests[#dests + 1] = ARGV[i] end
local rings = {}
put(base, id, tonumber(ARGV[3]), ARGV[4], ARGV[5], ARGV[7], dests, rings)
return rings
`;

/**
 * Becomes the owner of a destination; what a dead owner had claimed is due again.
 * ARGV: base, dest, token, lease ms, now, job -> number of orphans, or -1 when somebody else is the owner.
 */
const begin = `
local base, dest = ARGV[1], ARGV[2]
local owner = base .. 'owner:' .. dest
local holder = redis.call('GET', owner)
if holder and holder ~= ARGV[3] then return -1 end
redis.call('SET', owner, ARGV[3], 'PX', ARGV[4])
redis.call('HSET', base .. 'awake', dest, ARGV[6] .. ':0')
local orphans = redis.call('ZRANGEBYSCORE', base .. 'd:' .. dest, ${CLAIMED}, '+inf')
for _, id in ipairs(orphans) do redis.call('ZADD', base .. 'd:' .. dest, ARGV[5], id) end
return #orphans
`;

/** ARGV: base, dest, token, lease ms -> 1, or 0 when the lease was lost. */
const renew = `
local owner = ARGV[1] .. 'owner:' .. ARGV[2]
if redis.call('GET', owner) ~= ARGV[3] then return 0 end
return redis.call('PEXPIRE', owner, ARGV[4])
`;

/**
 * Claims due messages. Content comes with them as long as all of it together is no more than ARGV[6] octets.
 * ARGV: base, dest, token, now, count, inline budget -> {id, record, progress | '', 1 if the body is here, body}..., or -1: lease lost.
 */
const take = `
local base, dest = ARGV[1], ARGV[2]
if redis.call('GET', base .. 'owner:' .. dest) ~= ARGV[3] then return -1 end
local queue = base .. 'd:' .. dest
local count = tonumber(ARGV[5])
local ids = redis.call('ZRANGEBYSCORE', queue, '-inf', ARGV[4], 'LIMIT', 0, count)
if #ids < count then redis.call('SADD', base .. 'hungry', dest) end
local taken, budget = {}, tonumber(ARGV[6])
for _, id in ipairs(ids) do
  local key = base .. 'm:' .. id
  local record, progress = unpack(redis.call('HMGET', key, 'record', 's:' .. dest))
  if record then
    redis.call('ZADD', queue, tonumber(ARGV[4]) + ${CLAIMED}, id)
    local size = tonumber(redis.call('HGET', key, 'size') or budget + 1)
    local whole, body = 0, ''
    if size <= budget then
      budget = budget - size
      whole = 1
      body = redis.call('HGET', key, 'body') or table.concat(redis.call('LRANGE', base .. 'b:' .. id, 0, -1))
    end
    taken[#taken + 1] = {id, record, progress or '', whole, body}
  else
    redis.call('ZREM', queue, id)
  end
end
return taken
`;

/**
 * Writes down what an attempt came to. Does nothing when the entry is not claimed any more: then it was settled before.
 * ARGV: base, dest, id, now, next due ms | 0 when finished, progress JSON | '', bounce id | '', bounce record, bounce body, bounce dest
 * -> {1 when the whole message is gone, 0 when it stays, -1 when it was settled before; rings}.
 */
const settle = `${store}
local base, dest, id = ARGV[1], ARGV[2], ARGV[3]
local queue, key = base .. 'd:' .. dest, base .. 'm:' .. id
local score = redis.call('ZSCORE', queue, id)
local rings = {}
if not score or tonumber(score) < ${CLAIMED} then return {-1, rings} end
if ARGV[7] ~= '' then put(base, ARGV[7], tonumber(ARGV[4]), ARGV[8], ARGV[9], #ARGV[9], {ARGV[10]}, rings) end
if ARGV[5] ~= '0' then
  redis.call('HSET', key, 's:' .. dest, ARGV[6])
  redis.call('ZADD', queue, ARGV[5], id)
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

/** Gives a claim back untouched. ARGV: base, dest, now, id... */
const release = `
local queue = ARGV[1] .. 'd:' .. ARGV[2]
for i = 4, #ARGV do redis.call('ZADD', queue, 'XX', ARGV[3], ARGV[i]) end
return #ARGV - 3
`;

/**
 * Looks whether a run may end. What it claimed and could not settle is due again a little later: nobody else would ever
 * look at it. ARGV: base, dest, token, now, later
 * -> 'more' (mail is due), 'empty' (forgotten, owner resigned), 'lost' (not ours any more), or the due time of the next.
 */
const rest = `
local base, dest = ARGV[1], ARGV[2]
if redis.call('GET', base .. 'owner:' .. dest) ~= ARGV[3] then return 'lost' end
local unsettled = redis.call('ZRANGEBYSCORE', base .. 'd:' .. dest, ${CLAIMED}, '+inf')
for _, id in ipairs(unsettled) do redis.call('ZADD', base .. 'd:' .. dest, ARGV[5], id) end
local first = redis.call('ZRANGE', base .. 'd:' .. dest, 0, 0, 'WITHSCORES')
if #first == 0 then
  redis.call('SREM', base .. 'hungry', dest)
  redis.call('HDEL', base .. 'awake', dest)
  redis.call('SREM', base .. 'dests', dest)
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

/** Makes everything that waits for a destination due. ARGV: base, dest, now -> {number, ring | nothing}. */
const flush = `${store}
local base, dest = ARGV[1], ARGV[2]
local queue = base .. 'd:' .. dest
local ids = redis.call('ZRANGEBYSCORE', queue, '(' .. ARGV[3], '(${CLAIMED}')
for _, id in ipairs(ids) do redis.call('ZADD', queue, ARGV[3], id) end
local rings = {}
if #ids > 0 then rings[1] = wake(base, dest, tonumber(ARGV[3])) end
return {#ids, rings}
`;

/** What the sweeper wants to know. ARGV: base, dest -> {awake | '', owned 0/1, earliest due | ''}. */
const audit = `
local base, dest = ARGV[1], ARGV[2]
local first = redis.call('ZRANGE', base .. 'd:' .. dest, 0, 0, 'WITHSCORES')
return {redis.call('HGET', base .. 'awake', dest) or '', redis.call('EXISTS', base .. 'owner:' .. dest), first[2] or ''}
`;

/** Replaces the alarm of a destination. ARGV: base, dest, due ms -> new job name. */
const rewake = `
local base, dest = ARGV[1], ARGV[2]
local job = tostring(redis.call('INCR', base .. 'seq'))
redis.call('HSET', base .. 'awake', dest, job .. ':' .. ARGV[3])
return job
`;

/**
 * A Redis that is full must still let mail go out: only `accept` obeys `maxmemory`. With a first line of its own a script
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
  begin: evenWhenFull(begin),
  renew: evenWhenFull(renew),
  take: evenWhenFull(take),
  settle: evenWhenFull(settle),
  release: evenWhenFull(release),
  rest: evenWhenFull(rest),
  slept: evenWhenFull(slept),
  flush: evenWhenFull(flush),
  audit: evenWhenFull(audit),
  rewake: evenWhenFull(rewake),
} as const;
export type ScriptName = keyof typeof scripts;
