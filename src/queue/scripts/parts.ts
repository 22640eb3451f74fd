import { CLAIMED } from '../keys.ts';

/** Puts one message in place and rings for its destinations. Used by `accept` and by `settle` for its reports. */
export const store = `
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

/** Score of what a run has claimed. A token is `RUN:UUID`. */
export const claimed = `
local function claimed(token) return ${CLAIMED} + tonumber(string.match(token, '^%d+')) end
`;
