import { HELD } from '../forms/keys.ts';
import { integer } from './answer.ts';
import { script } from './script.ts';

export interface MakingDue {
  readonly destination: string;
  readonly now: number;
  readonly count: number;
  /** Shortest time since its last attempt. */
  readonly backoffMs: number;
}

/**
 * Removes mail from the list of what waits for the destination, and makes it due as soon as its last attempt is long
 * enough ago. Entries that are claimed, held or gone are only removed. Answers with the number of removed entries.
 */
export const makeDue = script({
  flags: 'allow-oom',
  lua: `
local dest, clock, count, wait = unpack(ARGV)
local now, backoff, queue = tonumber(clock), tonumber(wait), base .. 'd:' .. dest
local popped = redis.call('ZPOPMIN', base .. 'w:' .. dest, count)
for i = 1, #popped, 2 do
  local due = tonumber(redis.call('ZSCORE', queue, popped[i]) or 0)
  -- A clock that was ahead may have said so.
  local early = math.max(now, math.min(now, tonumber(popped[i + 1])) + backoff)
  if due > early and due < ${HELD} then redis.call('ZADD', queue, early, popped[i]) end
end
return #popped / 2
`,
  encode: ({ destination, now, count, backoffMs }: MakingDue) => [destination, now, count, backoffMs],
  decode: integer,
});
