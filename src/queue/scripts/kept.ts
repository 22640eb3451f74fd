import type { Kept } from '../../core/mail/kept.ts';
import { encodeAttempt, encodeFailure } from '../forms/kept.ts';
import type { Argument } from './script.ts';

/** What is forgotten in one step: a step is to be short, and more than one for each that comes. */
export const FORGOTTEN_AT_ONCE = 8;

/** Octets of Redis that an entry takes besides its text, about. */
const ATTEMPT_OCTETS = 8;
const FAILURE_OCTETS = 250;

/**
 * Lua: keeps what is told of attempts, and forgets the oldest beyond the limits. It is called protected: a mistake in it
 * must not take an outcome with it.
 */
export const kept = `
local function counted(name, by) return redis.call('HINCRBY', base .. 'past-facts', name, by) end
local function forgetAttempts(now, octets, keptMs, limit, most)
  for _ = 1, most do
    local oldest = redis.call('LINDEX', base .. 'past', 0)
    if not oldest then return end
    if octets <= limit and tonumber(string.match(oldest, '^{"at":(%d+)') or 0) >= now - keptMs then return end
    redis.call('LPOP', base .. 'past')
    counted('gone', 1)
    octets = counted('octets', -(#oldest + ${ATTEMPT_OCTETS}))
  end
end
local function forgetFailures(now, octets, keptMs, limit, most)
  for _ = 1, most do
    local field, at = unpack(redis.call('ZRANGE', base .. 'failed-at', 0, 0, 'WITHSCORES'))
    if not field or octets <= limit and tonumber(at) >= now - keptMs then return end
    octets = counted('failed', -(redis.call('HSTRLEN', base .. 'failed', field) + 2 * #field + ${FAILURE_OCTETS}))
    redis.call('HDEL', base .. 'failed', field)
    redis.call('ZREM', base .. 'failed-at', field)
  end
end
local function keepAttempt(now, text, keptMs, limit)
  redis.call('RPUSH', base .. 'past', text)
  forgetAttempts(now, counted('octets', #text + ${ATTEMPT_OCTETS}), keptMs, limit, ${FORGOTTEN_AT_ONCE})
end
local function keepFailure(now, field, text, keptMs, limit)
  local before = redis.call('HSTRLEN', base .. 'failed', field)
  local more = before == 0 and 2 * #field + ${FAILURE_OCTETS} or 0
  redis.call('HSET', base .. 'failed', field, text)
  redis.call('ZADD', base .. 'failed-at', now, field)
  forgetFailures(now, counted('failed', #text - before + more), keptMs, limit, ${FORGOTTEN_AT_ONCE})
end
`;

/** Texts of attempt and failure, empty where there is none, and their limits. */
export function keptArguments(what: Kept | undefined): readonly Argument[] {
  if (what === undefined) return ['', '', 0, 0];
  const { attempt, failure, limits } = what;
  const text = failure === undefined ? '' : encodeFailure(failure);
  return [encodeAttempt(attempt), text, limits.keptMs, limits.octets];
}
