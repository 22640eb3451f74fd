import type { OutgoingReport } from '../../core/delivery/outcome.ts';
import type { History } from '../../core/mail/history.ts';
import { encodeRecord, type QueueRecord } from '../forms/record.ts';
import { encodeHistory, history } from './history.ts';
import { put, reportArguments } from './parts.ts';
import { script } from './script.ts';
import { wakeupsOf } from './wakeup.ts';

export interface Acceptance extends QueueRecord {
  readonly queueId: string;
  /** Epoch ms. */
  readonly now: number;
  /** The content; of content that was written ahead what comes before it, which may be nothing. */
  readonly body: Buffer;
  /** Written ahead; all of them must be there. */
  readonly pieces: number;
  /** The last moment, on the clock of Redis, at which the client still waits for the message; epoch ms. */
  readonly lastMoment: number;
  /** Name of the source of the message, if that is accepted only once, however often it is tried; empty if not. */
  readonly takenOnce: string;
  /** Messages of our own that must exist once this one does. */
  readonly reports: readonly OutgoingReport[];
  readonly history?: History | undefined;
}

/** Longer than any source waits that is accepted only once. */
const TAKEN_KEPT_MS = 30 * 24 * 3_600_000;

/** Puts a message in place, and the reports that come with it. The answer is the wakeups of its destinations. */
export const accept = script({
  flags: 'none',
  lua: `${put}${history}
local id, now, record, body, pieces, size, lastMoment, once, told, count = unpack(ARGV, 1, 10)
local last = 10 + count
local h = historyOf(told)
local time = redis.call('TIME')
if time[1] * 1000 + time[2] / 1000 > tonumber(lastMoment) then return redis.error_reply('LATE accept') end
if redis.call('EXISTS', base .. 'm:' .. id) == 1 then return redis.error_reply('DUPLICATE queue id') end
if redis.call('ZSCORE', base .. 'fenced', id) then return redis.error_reply('FENCED queue id') end
if once ~= '' and redis.call('ZSCORE', base .. 'taken', once) then return redis.error_reply('TAKEN before') end
if keyTaken(h) then return redis.error_reply('TAKEN before') end
if redis.call('LLEN', base .. 'b:' .. id) ~= tonumber(pieces) then return redis.error_reply('MISSING content') end
if pieces ~= '0' then
  redis.call('ZREM', base .. 'incoming', id)
  if #body > 0 then redis.call('LPUSH', base .. 'b:' .. id, body) end
  body = ''
end
local dests = {}
for i = 11, last do dests[#dests + 1] = ARGV[i] end
local wakeups = {}
if once ~= '' then
  redis.call('ZREMRANGEBYSCORE', base .. 'taken', '-inf', tonumber(now) - ${TAKEN_KEPT_MS})
  redis.call('ZADD', base .. 'taken', now, once)
end
put(id, tonumber(now), record, body, size, dests, wakeups)
for i = last + 1, #ARGV, 4 do put(ARGV[i], tonumber(now), ARGV[i + 1], ARGV[i + 2], #ARGV[i + 2], {ARGV[i + 3]}, wakeups) end
remember(id, tonumber(now), h)
events(tonumber(now), h)
return wakeups
`,
  encode: ({ queueId, now, message, routing, body, pieces, reports, ...more }: Acceptance) => [
    queueId,
    now,
    encodeRecord({ message, routing }),
    body,
    pieces,
    message.size,
    more.lastMoment,
    more.takenOnce,
    encodeHistory(more.history),
    routing.size,
    ...routing.keys(),
    ...reportArguments(reports),
  ],
  decode: wakeupsOf,
});
