import type { History } from '../../core/mail/history.ts';
import { FORGOTTEN_AT_ONCE } from './kept.ts';

/** Octets of Redis that a receipt takes besides its text, about. */
const RECEIPT_OCTETS = 600;

/** Messages in one step, at the very most: those of an attempt may take the room of many small ones. */
const MOST_FORGOTTEN = 1_000;

/**
 * Lua: keeps receipts, and forgets those of the oldest messages beyond the limits: some in each step, and as many octets as
 * have come, so that it never grows beyond them. It is called protected: a mistake in it must not take an outcome with it.
 */
export const receipts = `
local function forgetReceipts(now, octets, limits, most, room)
  for count = 1, ${MOST_FORGOTTEN} do
    if count > most and room <= 0 then return end
    local id, at = unpack(redis.call('ZRANGE', base .. 'receipts', 0, 0, 'WITHSCORES'))
    if not id or octets <= limits.octets and tonumber(at) >= now - limits.keptMs then return end
    local gone = tonumber(redis.call('HGET', base .. 'receipt-octets', id) or 0)
    redis.call('UNLINK', base .. 'receipt:' .. id)
    redis.call('ZREM', base .. 'receipts', id)
    redis.call('HDEL', base .. 'receipt-octets', id)
    octets, room = redis.call('DECRBY', base .. 'receipts-size', gone), room - gone
  end
end
local function keepReceipts(now, id, kept)
  local key, more = base .. 'receipt:' .. id, 0
  for _, pair in ipairs(kept.texts) do
    local before = redis.call('HSTRLEN', key, pair[1])
    redis.call('HSET', key, pair[1], pair[2])
    more = more + #pair[2] - before + (before == 0 and ${RECEIPT_OCTETS} or 0)
  end
  redis.call('ZADD', base .. 'receipts', now, id)
  redis.call('HINCRBY', base .. 'receipt-octets', id, more)
  local octets = redis.call('INCRBY', base .. 'receipts-size', more)
  forgetReceipts(now, octets, kept, ${FORGOTTEN_AT_ONCE}, more)
end
`;

/** As the script reads it. */
export function encodeReceipts(given: History['receipts']): object {
  return given === undefined ? {} : { receipts: { texts: given.texts, ...given.limits } };
}
