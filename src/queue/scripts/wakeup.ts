import { list, text, type ScriptAnswer } from './answer.ts';

/** Wakes a destination: by a new job, or by an existing one that must no longer sleep. */
export interface Wakeup {
  readonly destination: string;
  readonly action: 'add' | 'promote';
  readonly job: string;
}

export function wakeupsOf(answer: ScriptAnswer | undefined): readonly Wakeup[] {
  return list(answer).map((entry) => {
    const [destination, action, job] = list(entry);
    return {
      destination: text(destination),
      action: text(action) === 'add' ? 'add' : 'promote',
      job: text(job),
    };
  });
}

/** Lua: {destination, add|promote, job}, or nil if the run of the destination was told, or is awake. */
export const wake = `
local function wake(dest, now)
  local awake = redis.call('HGET', base .. 'awake', dest)
  if not awake then
    local job = tostring(redis.call('INCR', base .. 'seq'))
    redis.call('HSET', base .. 'awake', dest, job .. ':0')
    return {dest, 'add', job}
  end
  local job, untilAt = string.match(awake, '^(%d+):(%d+)$')
  if tonumber(untilAt) > now then
    redis.call('HSET', base .. 'awake', dest, job .. ':0')
    return {dest, 'promote', job}
  end
  if redis.call('SREM', base .. 'hungry', dest) == 1 then redis.call('PUBLISH', base .. 'wake', dest) end
  return nil
end
`;
