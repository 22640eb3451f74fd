import type { CountedSession, History } from '../../core/mail/history.ts';
import { encodeReceipts } from './receipts.ts';

/** Messages that may be forgotten in one step: a step is to be short. */
const FORGOTTEN_AT_ONCE = 100;

/**
 * Lua: writes what is told of a message beside the queue. A mistake in it must not take the outcome with it, so that
 * `outcomes` is called protected.
 */
export const history = `
local function historyOf(text) return text ~= '' and cjson.decode(text) or {} end
local function keyTaken(h) return h.once and redis.call('EXISTS', base .. 'key:' .. h.once) == 1 end
local function remember(id, now, h)
  if not h.submitter then return end
  local key = base .. 'http:' .. id
  redis.call('HSET', key, 'submitter', h.submitter, 'at', now, 'to', h.to, 'answer', h.answer)
  redis.call('PEXPIRE', key, h.keptMs)
  if h.once then
    redis.call('HSET', key, 'once', h.once, 'fingerprint', h.fingerprint)
    redis.call('SET', base .. 'key:' .. h.once, id, 'PX', h.keyMs)
  end
  redis.call('ZADD', base .. 'http', now, id .. ' ' .. h.size)
  local total = redis.call('INCRBY', base .. 'http-size', h.size)
  for _ = 1, ${FORGOTTEN_AT_ONCE} do
    local oldest = redis.call('ZRANGE', base .. 'http', 0, 0, 'WITHSCORES')
    if not oldest[1] or (total <= h.limit and tonumber(oldest[2]) > now - h.keptMs) then break end
    local old, size = string.match(oldest[1], '^(%S+) (%d+)$')
    redis.call('ZREM', base .. 'http', oldest[1])
    total = redis.call('DECRBY', base .. 'http-size', size)
    local once = redis.call('HGET', base .. 'http:' .. old, 'once')
    if once and redis.call('GET', base .. 'key:' .. once) == old then redis.call('UNLINK', base .. 'key:' .. once) end
    redis.call('UNLINK', base .. 'http:' .. old)
  end
end
local function outcomes(id, h)
  local key = base .. 'http:' .. id
  if not h.outcomes or redis.call('EXISTS', key) == 0 then return end
  for _, pair in ipairs(h.outcomes) do redis.call('HSET', key, 'r:' .. pair[1], pair[2]) end
  redis.call('PEXPIRE', key, h.keptMs)
end
local function events(now, h)
  for _, event in ipairs(h.events or {}) do
    local due = base .. 'hook:' .. event[1]
    if redis.call('ZCARD', due) >= h.eventLimit then
      redis.call('HINCRBY', base .. 'hook-dropped', event[1], 1)
    else
      redis.call('HSET', base .. 'hook-event:' .. event[1], event[2], event[3])
      redis.call('ZADD', due, now, event[2])
    end
  end
end
`;

/** As the scripts read it; empty where there is nothing to write. */
export function encodeHistory(history: History | undefined): string {
  if (history === undefined) return '';
  const { remember, outcomes, events, sessions, receipts, limits } = history;
  if ((remember ?? outcomes ?? events ?? sessions ?? receipts) === undefined) return '';
  const { submitter, to = [], answer, once } = remember ?? {};
  return JSON.stringify({
    keptMs: limits.keptMs,
    ...(submitter !== undefined && {
      submitter,
      to: JSON.stringify(to),
      size: to.length,
      answer,
      limit: limits.recipients,
    }),
    ...(once !== undefined && { once: once.key, fingerprint: once.fingerprint, keyMs: limits.keyMs }),
    ...(outcomes !== undefined && { outcomes }),
    ...(events !== undefined && { events, eventLimit: limits.events }),
    ...(sessions !== undefined && { sessions: sessions.map(encodeSession) }),
    ...encodeReceipts(receipts),
  });
}

function encodeSession({ day, domain, dueAt, policy, faults }: CountedSession): object {
  return { day, domain, due: String(dueAt), id: policy.id, policy: policy.text, faults };
}
