import { script } from './script.ts';
import { steeredOf, steering, steeringArguments, type Steering } from './steering.ts';

/**
 * Deletes a message, delivered or not. Its deliveries lose their claims, and so can no longer send the final dot;
 * `underWay` counts those that may have sent it already.
 */
export const forget = script({
  flags: 'allow-oom',
  lua: `${steering}
local id, moved, told = unpack(ARGV, 1, 3)
local wrong, key = unsteerable(id, moved), base .. 'm:' .. id
if wrong then return answer(wrong) end
local underWay = 0
for i = 4, #ARGV do
  local isDotted = redis.call('HEXISTS', key, 'dot:' .. ARGV[i]) == 1
  if isDotted and isClaimed(scoreOf(ARGV[i], id)) then underWay = underWay + 1 end
  redis.call('ZREM', base .. 'd:' .. ARGV[i], id)
end
redis.call('UNLINK', base .. 'b:' .. id, key)
redis.call('SREM', base .. 'holding', id)
leaveNote(told)
return answer(1, underWay)
`,
  encode: (what: Steering) => steeringArguments(what),
  decode: steeredOf,
});
