import { script } from './script.ts';
import { steeredOf, steering, steeringArguments, type Steering } from './steering.ts';

/**
 * Makes a message due wherever it is deferred, and ends the suspension of the destinations where it waits. `nothing` if
 * it was due before, is under way, or is held.
 */
export const retry = script({
  flags: 'allow-oom',
  lua: `${steering}
local id, moved, told, clock = unpack(ARGV, 1, 4)
local wrong, now = unsteerable(id, moved), tonumber(clock)
if wrong then return answer(wrong) end
local done, underWay, held, wakeups = 0, 0, 0, {}
for i = 5, #ARGV do
  local score = scoreOf(ARGV[i], id)
  if isClaimed(score) then
    underWay = underWay + 1
  elseif isHeld(score) then
    held = held + 1
  elseif score then
    if redis.call('HDEL', base .. 'suspended', ARGV[i]) == 1 or score > now then done = 1 end
    makeDue(ARGV[i], id, math.min(score, now), wakeups)
  end
end
if done == 1 then leaveNote(told) end
return answer(done, underWay, held, wakeups)
`,
  encode: (what: Steering & { readonly now: number }) => steeringArguments(what, what.now),
  decode: steeredOf,
});
