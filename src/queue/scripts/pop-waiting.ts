import { HELD } from '../forms/keys.ts';

/**
 * Lua: takes entries off the list of what waits for a destination to work again, those that have waited longest first, and
 * makes them due at `dueAt(since)` where that is sooner. Entries that are claimed, held or gone are only taken off.
 * Returns how many were, and how many are due sooner.
 */
export const popWaiting = `
local function popWaiting(dest, most, dueAt)
  local queue, sooner = base .. 'd:' .. dest, 0
  local popped = redis.call('ZPOPMIN', base .. 'w:' .. dest, most)
  for i = 1, #popped, 2 do
    local due, early = tonumber(redis.call('ZSCORE', queue, popped[i]) or 0), dueAt(tonumber(popped[i + 1]))
    if due > early and due < ${HELD} then
      redis.call('ZADD', queue, early, popped[i])
      sooner = sooner + 1
    end
  end
  return #popped / 2, sooner
end
`;
