import { script } from './script.ts';
import { steeredOf, steering, steeringArguments, type Steering } from './steering.ts';

export interface HoldEnd extends Steering {
  readonly now: number;
  /** Notes it, and ends the suspensions of its destinations, even if the message was not on hold. */
  readonly always: boolean;
}

/**
 * Ends a hold of the operator: everything that waits is due now. Recipients in doubt, whom only `unhold` releases, stay
 * held. Progress of a form that is not known here counts as waiting, so that nothing is done by halves. With `always` this is what requeues a message: every next hop is looked up anew when it is due.
 */
export const endHold = script({
  flags: 'allow-oom',
  lua: `${steering}
local id, moved, told, clock, always = unpack(ARGV, 1, 5)
local wrong, key, now = unsteerable(id, moved), base .. 'm:' .. id, tonumber(clock)
if wrong then return answer(wrong) end
local function isInDoubt(progress)
  local isRead, known = pcall(cjson.decode, progress)
  return isRead and type(known) == 'table' and type(known.left) == 'table' and #known.left == 0
end
redis.call('SREM', base .. 'holding', id)
if redis.call('HDEL', key, 'hold') == 0 and always == '0' then return answer(0) end
local underWay, held, wakeups = 0, 0, {}
for i = 6, #ARGV do
  local score = scoreOf(ARGV[i], id)
  local progress = isHeld(score) and redis.call('HGET', key, 's:' .. ARGV[i])
  if isClaimed(score) then
    underWay = underWay + 1
  elseif progress and isInDoubt(progress) then
    held = held + 1
  elseif score then
    if always == '1' then redis.call('HDEL', base .. 'suspended', ARGV[i]) end
    makeDue(ARGV[i], id, math.min(score, now), wakeups)
  end
end
leaveNote(told)
return answer(1, underWay, held, wakeups)
`,
  encode: (what: HoldEnd) => steeringArguments(what, what.now, what.always ? 1 : 0),
  decode: steeredOf,
});
