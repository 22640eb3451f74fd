import { HELD } from '../forms/keys.ts';
import { script } from './script.ts';
import { steeredOf, steering, steeringArguments, type Steering } from './steering.ts';

export interface Holding extends Steering {
  readonly now: number;
  /** Only if it is on hold still: deliveries that were under way then have ended. */
  readonly again: boolean;
}

/**
 * Places a message on hold. A delivery under way that has not come to its final dot loses its claim, and with it the
 * right to send the dot; what another leaves when it ends is not taken again (`take`). As relays of before the hold know
 * nothing of that, the message is listed until no such delivery is left.
 */
export const hold = script({
  flags: 'allow-oom',
  lua: `${steering}
local id, moved, told, now, again = unpack(ARGV, 1, 5)
local wrong = unsteerable(id, moved)
if wrong then
  if wrong == -1 then redis.call('SREM', base .. 'holding', id) end
  return answer(wrong)
end
local key, isNew = base .. 'm:' .. id, 0
if again == '0' then isNew = redis.call('HSETNX', key, 'hold', now)
elseif redis.call('HEXISTS', key, 'hold') == 0 then
  redis.call('SREM', base .. 'holding', id)
  return answer(0)
end
local underWay, held = 0, 0
for i = 6, #ARGV do
  local score = scoreOf(ARGV[i], id)
  if isClaimed(score) and redis.call('HEXISTS', key, 'dot:' .. ARGV[i]) == 1 then
    underWay = underWay + 1
  elseif score then
    redis.call('ZADD', base .. 'd:' .. ARGV[i], ${HELD}, id)
    held = held + 1
  end
end
redis.call(underWay > 0 and 'SADD' or 'SREM', base .. 'holding', id)
if isNew == 1 then leaveNote(told) end
return answer(isNew, underWay, held)
`,
  encode: (what: Holding) => steeringArguments(what, what.now, what.again ? 1 : 0),
  decode: steeredOf,
});
