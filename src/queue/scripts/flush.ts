import { HELD } from '../forms/keys.ts';
import { integer, list, type ScriptAnswer } from './answer.ts';
import { script } from './script.ts';
import { wake, wakeupsOf } from './wakeup.ts';

export interface Flush {
  readonly destination: string;
  readonly now: number;
}

/** Makes everything that is deferred at a destination due. `count` is the number of messages. */
export const flush = script({
  flags: 'allow-oom',
  lua: `${wake}
local dest, now = unpack(ARGV)
local queue = base .. 'd:' .. dest
local ids = redis.call('ZRANGEBYSCORE', queue, '(' .. now, '(${HELD}')
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
