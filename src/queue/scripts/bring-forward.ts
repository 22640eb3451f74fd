import { HELD } from '../forms/keys.ts';
import { integer, list, type ScriptAnswer } from './answer.ts';
import { FLUSHED_AT_ONCE, type Flush } from './flush.ts';
import { script } from './script.ts';
import { wake, wakeupsOf } from './wakeup.ts';

/**
 * Makes what waits for a destination to work again due now, up to that number. Other mail keeps its time. `left` counts
 * what is still on the list of those that wait, `count` what is due now and was not.
 */
export const bringForward = script({
  flags: 'allow-oom',
  lua: `${wake}
local dest, clock = unpack(ARGV)
local now, queue, count = tonumber(clock), base .. 'd:' .. dest, 0
local waiting = base .. 'w:' .. dest
local popped = redis.call('ZPOPMIN', waiting, ${FLUSHED_AT_ONCE})
for i = 1, #popped, 2 do
  local due = tonumber(redis.call('ZSCORE', queue, popped[i]) or 0)
  if due > now and due < ${HELD} then
    redis.call('ZADD', queue, now, popped[i])
    count = count + 1
  end
end
local wakeups = {}
if count > 0 then wakeups[1] = wake(dest, now) end
return {redis.call('ZCARD', waiting), count, wakeups}
`,
  encode: ({ destination, now }: Flush) => [destination, now],
  decode(answer: ScriptAnswer) {
    const [left, count, wakeups] = list(answer);
    return { left: integer(left), count: integer(count), wakeups: wakeupsOf(wakeups) };
  },
});
