import { integer, list, StrangeAnswer, text, type ScriptAnswer } from './answer.ts';
import { script } from './script.ts';
import { steering } from './steering.ts';

export interface Departing {
  readonly queueId: string;
  /** When recipients of the message were moved last, as it was read with the destinations; empty: never. */
  readonly moved: string;
  /** Of the drain that has the lease of this queue. */
  readonly drain: string;
  /** Of this departure alone: a message may leave twice, if it comes back in between. */
  readonly departure: string;
  /** Id of the queue that it is meant for. */
  readonly target: string;
  readonly now: number;
  /** Every destination at which the message may wait. */
  readonly destinations: readonly string[];
}

/** A message that has left the queue for another one, and has not come to it yet, as it is stored. */
export interface Departed {
  readonly departure: string;
  readonly target: string;
  /** Fields of its hash (keys.ts), without `body` and `left`. */
  readonly fields: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
  /** Scores at its unfinished destinations. */
  readonly scores: Readonly<Record<string, string>>;
}

/**
 * `unknown`: no message has this ID, or it waits nowhere. `changed meanwhile`: recipients were moved after the
 * destinations were read. `lost`: another drain has the lease. `away`: a message with this ID has left already.
 */
export type DepartAnswer =
  | { readonly result: 'departed'; readonly message: Departed }
  | { readonly result: 'under way' | 'unknown' | 'changed meanwhile' | 'lost' | 'away' };

/**
 * Takes a message out of the queue, whole and for no relay to see, whatever its version: its keys have other names from
 * now on. Nothing happens while any of its deliveries is under way. The same departure is answered again, as an answer
 * may be lost.
 */
export const depart = script({
  flags: 'allow-oom',
  lua: `${steering}
local id, moved, drain, departure, target, now = unpack(ARGV, 1, 6)
local key, away, content = base .. 'm:' .. id, base .. 'away:' .. id, base .. 'b:' .. id
if redis.call('HGET', away, 'departure') == departure then return {1, redis.call('HGETALL', away)} end
if redis.call('GET', base .. 'drain') ~= drain then return {2, {}} end
local wrong = unsteerable(id, moved)
if wrong then return {wrong, {}} end
if redis.call('EXISTS', away) == 1 then return {-4, {}} end
local waits = {}
for i = 7, #ARGV do
  local score = scoreOf(ARGV[i], id)
  if isClaimed(score) then return {0, {}} end
  if score then waits[#waits + 1] = ARGV[i] end
end
if #waits == 0 then return {-1, {}} end
for _, dest in ipairs(waits) do
  redis.call('HSET', key, 'at:' .. dest, redis.call('ZSCORE', base .. 'd:' .. dest, id))
  redis.call('ZREM', base .. 'd:' .. dest, id)
  redis.call('ZREM', base .. 'w:' .. dest, id)
end
redis.call('SREM', base .. 'holding', id)
redis.call('HSET', key, 'departure', departure, 'target', target)
redis.call('RENAME', key, away)
if redis.call('EXISTS', content) == 1 then redis.call('RENAME', content, base .. 'away-content:' .. id) end
redis.call('ZADD', base .. 'away', now, id)
return {1, redis.call('HGETALL', away)}
`,
  encode: ({ queueId, moved, drain, departure, target, now, destinations }: Departing) => [
    queueId,
    moved,
    drain,
    departure,
    target,
    now,
    ...destinations,
  ],
  decode(answer: ScriptAnswer): DepartAnswer {
    const [code, fields] = list(answer);
    const result = results.get(integer(code));
    if (result !== undefined) return { result };
    if (code !== 1) throw new StrangeAnswer('a result was wanted');
    return { result: 'departed', message: departedOf(list(fields)) };
  },
});

const results: ReadonlyMap<number, Exclude<DepartAnswer['result'], 'departed'>> = new Map([
  [0, 'under way'],
  [-1, 'unknown'],
  [-2, 'changed meanwhile'],
  [2, 'lost'],
  [-4, 'away'],
] as const);

const SCORE = 'at:';

/** Reads the hash of a message that is away: names and values in turn. */
export function departedOf(pairs: readonly ScriptAnswer[]): Departed {
  const fields: Record<string, string> = {};
  // A destination may have any name, and this object has none but those: RCPT TO:<a@__proto__>.
  const scores = Object.create(null) as Record<string, string>;
  let body: Buffer | undefined;
  for (let place = 0; place + 1 < pairs.length; place += 2) {
    const name = text(pairs[place]);
    const value = pairs[place + 1];
    if (name === 'body' && Buffer.isBuffer(value)) body = value;
    else if (name.startsWith(SCORE)) scores[name.slice(SCORE.length)] = text(value);
    else fields[name] = text(value);
  }
  const { departure = '', target = '', left: _, ...rest } = fields;
  return { departure, target, fields: rest, body, scores };
}
