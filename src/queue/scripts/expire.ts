import { script } from './script.ts';
import { steeredOf, steering, steeringArguments, type Steering } from './steering.ts';

/** Marks a message: instead of its next attempt it is returned to its sender. `nothing` if it was marked before. */
export const expire = script({
  flags: 'allow-oom',
  lua: `${steering}
local id, moved, told, now = unpack(ARGV, 1, 4)
local wrong = unsteerable(id, moved)
if wrong then return answer(wrong) end
local isNew = redis.call('HSETNX', base .. 'm:' .. id, 'expire', now)
local underWay, held = 0, 0
for i = 5, #ARGV do
  local score = scoreOf(ARGV[i], id)
  if isClaimed(score) then underWay = underWay + 1 end
  if isHeld(score) then held = held + 1 end
end
if isNew == 1 then leaveNote(told) end
return answer(isNew, underWay, held)
`,
  encode: (what: Steering & { readonly now: number }) => steeringArguments(what, what.now),
  decode: steeredOf,
});
