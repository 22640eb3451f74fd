import type { KeptAttempt, KeptLimits } from '../../core/mail/kept.ts';
import { encodeAttempt } from '../forms/kept.ts';
import { HELD } from '../forms/keys.ts';
import { integer, list, StrangeAnswer, type ScriptAnswer } from './answer.ts';
import { kept } from './kept.ts';
import { noted, type Note } from './note.ts';
import { script } from './script.ts';
import { wake, wakeupsOf, type Wakeup } from './wakeup.ts';

export interface Arriving {
  /** Id of the queue it comes from, and the drain that brings it. */
  readonly source: string;
  readonly drain: string;
  readonly queueId: string;
  readonly departure: string;
  /** Name under which the content was written ahead. */
  readonly temporary: string;
  /** Written ahead; all of them must be there. */
  readonly pieces: number;
  /** Empty when the content was written ahead. */
  readonly body: Buffer;
  readonly now: number;
  /** For the log. */
  readonly note: Note;
  /** For `explain`, and how much is kept; absent: nothing is. */
  readonly kept?: { readonly attempt: KeptAttempt; readonly limits: KeptLimits } | undefined;
  /** Fields of the hash of the message (keys.ts), without `body` and `left`. */
  readonly fields: Readonly<Record<string, string>>;
  readonly scores: Readonly<Record<string, string>>;
}

/**
 * `known`: this departure has arrived before. `taken`: a message with this ID is or was here that has come otherwise.
 * `superseded`: a later drain of that source brings its messages.
 */
export interface ArriveAnswer {
  readonly result: 'arrived' | 'known' | 'taken' | 'superseded';
  readonly wakeups: readonly Wakeup[];
}

/**
 * Puts a message in place that has left another queue; only once for each departure, whoever asks again. Each answer but
 * `superseded` and `taken` comes after a write, so that a WAIT behind it is about the message.
 */
export const arrive = script({
  flags: 'none',
  lua: `${wake}${noted}${kept}
local source, drain, id, departure, temporary, pieces, body, clock, told, attempt, keptMs, limit, count = unpack(ARGV, 1, 13)
local key, content, arrived = base .. 'm:' .. id, base .. 'b:' .. temporary, base .. 'arrived:' .. source
local function leave(result)
  redis.call('ZREM', base .. 'incoming', temporary)
  redis.call('UNLINK', content)
  return {result, {}}
end
if redis.call('HGET', base .. 'drains', source) ~= drain then return leave(2) end
if redis.call('HGET', arrived, id) == departure then
  redis.call('HSET', arrived, id, departure)
  return leave(0)
end
if redis.call('EXISTS', key, base .. 'away:' .. id) > 0 then return leave(-1) end
if redis.call('LLEN', content) ~= tonumber(pieces) then return redis.error_reply('MISSING content') end
redis.call('ZREM', base .. 'incoming', temporary)
local last, now, wakeups = 13 + tonumber(count), tonumber(clock), {}
for i = 14, last, 2 do redis.call('HSET', key, ARGV[i], ARGV[i + 1]) end
redis.call('HSET', key, 'left', (#ARGV - last) / 2)
if pieces == '0' then redis.call('HSET', key, 'body', body) else redis.call('RENAME', content, base .. 'b:' .. id) end
for i = last + 1, #ARGV, 2 do
  redis.call('ZADD', base .. 'd:' .. ARGV[i], ARGV[i + 1], id)
  redis.call('SADD', base .. 'dests', ARGV[i])
  local wakeup = tonumber(ARGV[i + 1]) < ${HELD} and wake(ARGV[i], now)
  if wakeup then wakeups[#wakeups + 1] = wakeup end
end
redis.call('HSET', arrived, id, departure)
leaveNote(told)
if attempt ~= '' then pcall(function() keepAttempt(now, attempt, tonumber(keptMs), tonumber(limit)) end) end
return {1, wakeups}
`,
  encode({ source, drain, queueId, departure, temporary, pieces, body, now, note, ...more }: Arriving) {
    const fields = Object.entries(more.fields).flat();
    return [
      source,
      drain,
      queueId,
      departure,
      temporary,
      pieces,
      body,
      now,
      JSON.stringify(note),
      more.kept === undefined ? '' : encodeAttempt(more.kept.attempt),
      more.kept?.limits.keptMs ?? 0,
      more.kept?.limits.octets ?? 0,
      fields.length,
      ...fields,
      ...Object.entries(more.scores).flat(),
    ];
  },
  decode(answer: ScriptAnswer): ArriveAnswer {
    const [code, wakeups] = list(answer);
    const result = results.get(integer(code));
    if (result === undefined) throw new StrangeAnswer('a result was wanted');
    return { result, wakeups: wakeupsOf(wakeups) };
  },
});

const results: ReadonlyMap<number, ArriveAnswer['result']> = new Map([
  [1, 'arrived'],
  [0, 'known'],
  [-1, 'taken'],
  [2, 'superseded'],
] as const);
