import { HELD } from '../forms/keys.ts';
import { integer, list, type ScriptAnswer } from './answer.ts';
import { script } from './script.ts';
import { wake, wakeupsOf } from './wakeup.ts';

export interface Flush {
  readonly destination: string;
  readonly now: number;
}

/** So many in one step, because a step is to be short, and those of several destinations come one after the other. */
export const FLUSHED_AT_ONCE = 250;

/** Makes what is deferred at a destination due, up to that number. `count` is the number of messages. */
export const flush = script({
  flags: 'allow-oom',
  lua: `${wake}
local dest, now = unpack(ARGV)
local queue = base .. 'd:' .. dest
local ids = redis.call('ZRANGEBYSCORE', queue, '(' .. now, '(${HELD}', 'LIMIT', 0, ${FLUSHED_AT_ONCE})
for _, id in ipairs(ids) do redis.call('ZADD', queue, now, id) end
local wakeups = {}
if #ids > 0 then wakeups[1] = wake(dest, tonumber(now)) end
return {#ids, wakeups}
`,
  encode: ({ destination, now }: Flush) => [destination, now],
  decode(answer: ScriptAnswer) {
    const [count, wakeups] = list(answer);
    return { count: integer(count), wakeups: wakeupsOf(wakeups) };
  },
});
