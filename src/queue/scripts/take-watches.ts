import { list, text, type ScriptAnswer } from './answer.ts';
import { script } from './script.ts';

export interface TakingWatches {
  readonly now: number;
  /** When they are due again if this process says nothing more of them. */
  readonly againAt: number;
  /** None is due later than this, unless a clock was ahead: such are due now. */
  readonly latestAt: number;
  readonly most: number;
}

/**
 * Gives watches that are due to one process: no other gets them until `againAt`. Those of destinations for which nothing
 * waits any more have ended.
 */
export const takeWatches = script({
  flags: 'allow-oom',
  lua: `
local now, again, latest, most = unpack(ARGV)
local at, watched, taken = base .. 'watched-at', base .. 'watched', {}
local due = redis.call('ZRANGEBYSCORE', at, '-inf', now, 'LIMIT', 0, most)
if #due == 0 then due = redis.call('ZRANGEBYSCORE', at, '(' .. latest, '+inf', 'LIMIT', 0, most) end
for _, dest in ipairs(due) do
  local text = redis.call('HGET', watched, dest)
  if text and redis.call('EXISTS', base .. 'd:' .. dest) == 1 then
    redis.call('ZADD', at, again, dest)
    taken[#taken + 1] = {dest, text}
  else
    redis.call('ZREM', at, dest)
    redis.call('HDEL', watched, dest)
  end
end
return taken
`,
  encode: ({ now, againAt, latestAt, most }: TakingWatches) => [now, againAt, latestAt, most],
  decode: (answer: ScriptAnswer) =>
    list(answer).map((entry) => {
      const [destination, watch] = list(entry);
      return { destination: text(destination), text: text(watch) };
    }),
});
