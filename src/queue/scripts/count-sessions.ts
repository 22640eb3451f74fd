/** What Redis keeps of one domain and one day, and of all domains of a day, in octets of its memory. */
const DOMAIN_OCTETS = 64 * 1024;
const DAY_OCTETS = 32 * 1024 * 1024;
/** Of a domain besides its policies: keys, tables, and what is known of the sending. Its name is there twice. */
const EMPTY_OCTETS = 640;
/** Besides its text, of which there is a quarter more at worst: memory is given out in sizes. */
const FIELD_OCTETS = 64;
/** Of the sessions under a policy. */
const COUNTER_OCTETS = 96;
/** Counters of which no report comes go by themselves, and so does what tells that one was sent. */
export const keptReportMs = 7 * 24 * 3_600_000;

/** Lua: octets that a field takes in a table. */
export const chargeFor = `
local function charge(field, text) return math.ceil((#field + #text) * 1.25) + ${FIELD_OCTETS} end
`;

/**
 * Lua: counts the sessions of an attempt for the report of their domain and day. What is new costs room; where there is
 * none, a fault that is already known is still counted, and a policy that is not known is counted as left out. So is what
 * comes when the report was begun: one report tells of a day.
 */
export const countSessions = `${chargeFor}
local function countSessions(h)
  for _, one in ipairs(h.sessions or {}) do
    local name = one.day .. ' ' .. one.domain
    local key, whole = base .. 'tlsrpt:' .. name, base .. 'tlsrpt-octets:' .. one.day
    local function room(field, text, more)
      if redis.call('HEXISTS', key, field) == 1 then return true end
      local octets = charge(field, text) + more
      local own = tonumber(redis.call('HGET', key, 'octets') or 0)
      if own == 0 then octets = octets + ${EMPTY_OCTETS} + 2 * #name end
      local all = tonumber(redis.call('HGET', whole, 'octets') or 0)
      if own + octets > ${DOMAIN_OCTETS} or all + octets > ${DAY_OCTETS} then return false end
      redis.call('HSET', key, field, text)
      redis.call('HINCRBY', key, 'octets', octets)
      redis.call('HINCRBY', whole, 'octets', octets)
      return true
    end
    local isBegun = redis.call('HEXISTS', key, 'name') == 1
      or redis.call('SISMEMBER', base .. 'tlsrpt-sent:' .. one.day, one.domain) == 1
    if not isBegun and room('p ' .. one.id, one.policy, ${COUNTER_OCTETS}) then
      redis.call('HINCRBY', key, (#one.faults > 0 and 'f ' or 's ') .. one.id, 1)
      for _, fault in ipairs(one.faults) do
        local field = 'd ' .. one.id .. ' ' .. fault
        if room(field, '0', 0) then redis.call('HINCRBY', key, field, 1) end
      end
      redis.call('ZADD', base .. 'tlsrpt-due', 'NX', one.due, name)
      redis.call('PEXPIRE', base .. 'tlsrpt-due', ${keptReportMs})
      redis.call('PEXPIRE', key, ${keptReportMs})
    else
      redis.call('HINCRBY', whole, 'left-out', 1)
    end
    redis.call('PEXPIRE', whole, ${keptReportMs})
  end
end
`;
