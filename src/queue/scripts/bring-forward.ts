import { integer, list, type ScriptAnswer } from './answer.ts';
import { FLUSHED_AT_ONCE, type Flush } from './flush.ts';
import { popWaiting } from './pop-waiting.ts';
import { script } from './script.ts';
import { wake, wakeupsOf } from './wakeup.ts';

/**
 * Makes what waits for a destination to work again due now, up to that number. Other mail keeps its time. `left` counts
 * what is still on the list of those that wait, `count` what is due now and was not.
 */
export const bringForward = script({
  flags: 'allow-oom',
  lua: `${wake}${popWaiting}
local dest, clock = unpack(ARGV)
local now, wakeups = tonumber(clock), {}
local _, count = popWaiting(dest, ${FLUSHED_AT_ONCE}, function() return now end)
if count > 0 then wakeups[1] = wake(dest, now) end
return {redis.call('ZCARD', base .. 'w:' .. dest), count, wakeups}
`,
  encode: ({ destination, now }: Flush) => [destination, now],
  decode(answer: ScriptAnswer) {
    const [left, count, wakeups] = list(answer);
    return { left: integer(left), count: integer(count), wakeups: wakeupsOf(wakeups) };
  },
});
