import { CLAIMED } from '../forms/keys.ts';
import { flag, list, type ScriptAnswer } from './answer.ts';
import { script } from './script.ts';
import { wake, wakeupsOf } from './wakeup.ts';

export interface Unholding {
  readonly destination: string;
  readonly queueId: string;
  readonly now: number;
  /** Progress as it was read. */
  readonly before: string;
  /** The new progress. */
  readonly after: string;
}

/**
 * Makes held recipients due. The caller has read their progress and gives the new one. False if it has changed in
 * between.
 */
export const unhold = script({
  flags: 'allow-oom',
  lua: `${wake}
local dest, id, now, before, after = unpack(ARGV)
local queue, key = base .. 'd:' .. dest, base .. 'm:' .. id
local score = redis.call('ZSCORE', queue, id)
if not score or tonumber(score) >= ${CLAIMED} or redis.call('HGET', key, 's:' .. dest) ~= before then return {0, {}} end
redis.call('HSET', key, 's:' .. dest, after)
redis.call('ZADD', queue, now, id)
return {1, {wake(dest, tonumber(now))}}
`,
  encode: ({ destination, queueId, now, before, after }: Unholding) => [
    destination,
    queueId,
    now,
    before,
    after,
  ],
  decode(answer: ScriptAnswer) {
    const [done, wakeups] = list(answer);
    return { isDone: flag(done), wakeups: wakeupsOf(wakeups) };
  },
});
