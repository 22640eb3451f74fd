import { integer } from './answer.ts';
import { popWaiting } from './pop-waiting.ts';
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
  lua: `${popWaiting}
local dest, clock, count, wait = unpack(ARGV)
local now, backoff = tonumber(clock), tonumber(wait)
-- A clock that was ahead may have said since when.
local function dueAt(since) return math.max(now, math.min(now, since) + backoff) end
return (popWaiting(dest, count, dueAt))
`,
  encode: ({ destination, now, count, backoffMs }: MakingDue) => [destination, now, count, backoffMs],
  decode: integer,
});
