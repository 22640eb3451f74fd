/** What is known of one domain and one day, and of all domains of a day, in octets of fields and texts. */
const DOMAIN_OCTETS = 64 * 1024;
const DAY_OCTETS = 32 * 1024 * 1024;
/** What Redis needs beside them for each. */
const FIELD_OCTETS = 64;
/** Counters of which no report comes go by themselves. */
const KEPT_MS = 7 * 24 * 3_600_000;

/**
 * Lua: counts the sessions of an attempt for the report of their domain and day. What is new costs room; where there is
 * none, a fault that is already known is still counted, and a policy that is not known is counted as left out.
 */
export const countSessions = `
local function countSessions(h)
  for _, one in ipairs(h.sessions or {}) do
    local name = one.day .. ' ' .. one.domain
    local key, whole = base .. 'tlsrpt:' .. name, base .. 'tlsrpt-octets:' .. one.day
    local function room(field, text)
      if redis.call('HEXISTS', key, field) == 1 then return true end
      local octets = #field + #text + ${FIELD_OCTETS}
      local own = tonumber(redis.call('HGET', key, 'octets') or 0)
      local all = tonumber(redis.call('HGET', whole, 'octets') or 0)
      if own + octets > ${DOMAIN_OCTETS} or all + octets > ${DAY_OCTETS} then return false end
      redis.call('HSET', key, field, text)
      redis.call('HINCRBY', key, 'octets', octets)
      redis.call('HINCRBY', whole, 'octets', octets)
      return true
    end
    if room('p ' .. one.id, one.policy) then
      redis.call('HINCRBY', key, (#one.faults > 0 and 'f ' or 's ') .. one.id, 1)
      for _, fault in ipairs(one.faults) do
        local field = 'd ' .. one.id .. ' ' .. fault
        if room(field, '0') then redis.call('HINCRBY', key, field, 1) end
      end
      redis.call('ZADD', base .. 'tlsrpt-due', 'NX', one.due, name)
      redis.call('PEXPIRE', key, ${KEPT_MS})
    else
      redis.call('HINCRBY', whole, 'left-out', 1)
    end
    redis.call('PEXPIRE', whole, ${KEPT_MS})
  end
end
`;
