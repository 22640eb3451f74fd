import { HELD } from '../forms/keys.ts';
import { flag, list, type ScriptAnswer } from './answer.ts';
import type { Flush } from './flush.ts';
import { script } from './script.ts';
import { wake, wakeupsOf } from './wakeup.ts';

export interface FlushOfOne extends Flush {
  readonly queueId: string;
}

/** Makes one message due at a destination. False if it is not deferred there. */
export const flushOne = script({
  flags: 'allow-oom',
  lua: `${wake}
local dest, clock, id = unpack(ARGV)
local now, queue = tonumber(clock), base .. 'd:' .. dest
local score = tonumber(redis.call('ZSCORE', queue, id) or 0)
if score <= now or score >= ${HELD} then return {0, {}} end
redis.call('ZADD', queue, clock, id)
return {1, {wake(dest, now)}}
`,
  encode: ({ destination, now, queueId }: FlushOfOne) => [destination, now, queueId],
  decode(answer: ScriptAnswer) {
    const [done, wakeups] = list(answer);
    return { isDone: flag(done), wakeups: wakeupsOf(wakeups) };
  },
});
