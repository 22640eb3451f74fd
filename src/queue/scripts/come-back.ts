import { HELD } from '../forms/keys.ts';
import { integer, list, StrangeAnswer, type ScriptAnswer } from './answer.ts';
import { script } from './script.ts';
import { wake, wakeupsOf, type Wakeup } from './wakeup.ts';

export interface ComingBack {
  readonly queueId: string;
  readonly departure: string;
  /** Of the drain that has the lease of this queue. */
  readonly drain: string;
  readonly now: number;
  /** Places it on hold, because nobody knows whether it has come to the other queue. */
  readonly held: boolean;
}

/**
 * `done`: it waits here again. `nothing`: it is not away, or left another time. `lost`: another drain has the lease.
 * `taken`: a message with this ID is in the queue.
 */
export interface BackAnswer {
  readonly result: 'done' | 'nothing' | 'lost' | 'taken';
  readonly wakeups: readonly Wakeup[];
}

/** Puts a message back that is away, as it was when it left. */
export const comeBack = script({
  flags: 'allow-oom',
  lua: `${wake}
local id, departure, drain, clock, held = unpack(ARGV)
local key, away, content = base .. 'm:' .. id, base .. 'away:' .. id, base .. 'away-content:' .. id
if redis.call('GET', base .. 'drain') ~= drain then return {2, {}} end
if redis.call('HGET', away, 'departure') ~= departure then return {0, {}} end
if redis.call('EXISTS', key) == 1 then return {-1, {}} end
if held == '1' then redis.call('HSET', away, 'hold', clock) end
local now, wakeups = tonumber(clock), {}
for _, field in ipairs(redis.call('HKEYS', away)) do
  if string.sub(field, 1, 3) == 'at:' then
    local dest = string.sub(field, 4)
    local score = held == '1' and ${HELD} or redis.call('HGET', away, field)
    redis.call('ZADD', base .. 'd:' .. dest, score, id)
    redis.call('SADD', base .. 'dests', dest)
    redis.call('HDEL', away, field)
    local wakeup = tonumber(score) < ${HELD} and wake(dest, now)
    if wakeup then wakeups[#wakeups + 1] = wakeup end
  end
end
redis.call('HDEL', away, 'departure', 'target')
redis.call('RENAME', away, key)
if redis.call('EXISTS', content) == 1 then redis.call('RENAME', content, base .. 'b:' .. id) end
redis.call('ZREM', base .. 'away', id)
return {1, wakeups}
`,
  encode: ({ queueId, departure, drain, now, held }: ComingBack) => [
    queueId,
    departure,
    drain,
    now,
    held ? 1 : 0,
  ],
  decode(answer: ScriptAnswer): BackAnswer {
    const [code, wakeups] = list(answer);
    const result = results.get(integer(code));
    if (result === undefined) throw new StrangeAnswer('a result was wanted');
    return { result, wakeups: wakeupsOf(wakeups) };
  },
});

const results: ReadonlyMap<number, BackAnswer['result']> = new Map([
  [1, 'done'],
  [0, 'nothing'],
  [-1, 'taken'],
  [2, 'lost'],
] as const);
