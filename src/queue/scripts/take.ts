import { HELD } from '../forms/keys.ts';
import { flag, list, text, type ScriptAnswer } from './answer.ts';
import { claimed } from './parts.ts';
import { script } from './script.ts';

export interface Taking {
  readonly destination: string;
  readonly token: string;
  readonly now: number;
  readonly count: number;
  /** Small content is included as long as all of it together has at most this many octets. */
  readonly inlineBytes: number;
  /** The content of a message that fell due at this time or later is not included; epoch ms, may be Infinity. */
  readonly shelvedSince: number;
  /** A record with more octets is not included. */
  readonly longestRecordBytes: number;
}

export interface Taken {
  readonly queueId: string;
  /** Undefined for a long record. */
  readonly record: string | undefined;
  /** Empty before the first attempt. */
  readonly progress: string;
  /** The whole content, if it is included. */
  readonly body: Buffer | undefined;
  /** It would be included, had the message fallen due earlier. */
  readonly shelved: boolean;
  /** Recipients to whom the final dot may have been sent (keys.ts). */
  readonly dot: string;
  /** The operator wants it returned to its sender. */
  readonly isExpired: boolean;
}

/**
 * Claims due messages, or finds that the lease was lost. A message that was placed on hold while it was delivered is held
 * now. Content in pieces is not included, because Lua would hash
 * every octet of it twice. Nor is a long record, which belongs to many recipients and is the same at each of their
 * destinations.
 */
export const take = script({
  flags: 'allow-oom',
  lua: `${claimed}
local dest, token, now, wanted, inline, shelved, longest = unpack(ARGV)
if redis.call('GET', base .. 'owner:' .. dest) ~= token then return -1 end
local queue = base .. 'd:' .. dest
local count = tonumber(wanted)
local due = redis.call('ZRANGEBYSCORE', queue, '-inf', now, 'WITHSCORES', 'LIMIT', 0, count)
shelved = tonumber(shelved)
if #due < 2 * count then redis.call('SADD', base .. 'hungry', dest) end
local taken, budget, score = {}, tonumber(inline), claimed(token)
for i = 1, #due, 2 do
  local id = due[i]
  local key = base .. 'm:' .. id
  local record, progress, dot, hold, expire =
    unpack(redis.call('HMGET', key, 'record', 's:' .. dest, 'dot:' .. dest, 'hold', 'expire'))
  if record and hold then
    redis.call('ZADD', queue, ${HELD}, id)
  elseif record then
    redis.call('ZADD', queue, score, id)
    local whole, body = 0, ''
    if tonumber(due[i + 1]) >= shelved then
      whole = 2
    elseif tonumber(redis.call('HGET', key, 'size') or budget + 1) <= budget then
      body = redis.call('HGET', key, 'body') or ''
      budget = budget - #body
      whole = #body > 0 and 1 or 0
    end
    if #record > tonumber(longest) then record = '' end
    taken[#taken + 1] = {id, record, progress or '', whole, body, dot or '', expire and 1 or 0}
  else
    redis.call('ZREM', queue, id)
  end
end
return taken
`,
  encode: ({ destination, token, now, count, inlineBytes, ...more }: Taking) => [
    destination,
    token,
    now,
    count,
    inlineBytes,
    more.shelvedSince === Infinity ? 'inf' : more.shelvedSince,
    more.longestRecordBytes,
  ],
  decode: (answer: ScriptAnswer): readonly Taken[] | 'lost' =>
    answer === -1 ? 'lost' : list(answer).map((entry) => takenOf(list(entry))),
});

function takenOf([id, record, progress, whole, body, dot, expire]: readonly ScriptAnswer[]): Taken {
  return {
    queueId: text(id),
    record: text(record) === '' ? undefined : text(record),
    progress: text(progress),
    body: whole === 1 && Buffer.isBuffer(body) ? body : undefined,
    shelved: whole === 2,
    dot: text(dot),
    isExpired: flag(expire),
  };
}
