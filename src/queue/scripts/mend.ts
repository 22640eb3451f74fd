import { flag, list, type ScriptAnswer } from './answer.ts';
import { script } from './script.ts';
import { wake, wakeupsOf } from './wakeup.ts';

export interface Mending {
  readonly queueId: string;
  readonly now: number;
}

/**
 * Mends loose ends: a message that no destination knows becomes due again. Content without a message is listed as being
 * written ahead, since its envelope may be right behind it, and is removed if nobody renews that.
 */
export const mend = script({
  flags: 'allow-oom',
  lua: `${wake}
local id, now = ARGV[1], tonumber(ARGV[2])
local key = base .. 'm:' .. id
local wakeups = {}
local record = redis.call('HGET', key, 'record')
if not record then
  if redis.call('EXISTS', base .. 'b:' .. id) == 1 then
    redis.call('ZADD', base .. 'incoming', 'NX', math.floor(now) + 0.5, id)
  end
  return {redis.call('UNLINK', key), wakeups}
end
-- Recipients may have been moved to a destination that was none of the message's at first.
local begun, first = {}, {}
for _, field in ipairs(redis.call('HKEYS', key)) do
  if string.sub(field, 1, 2) == 's:' then begun[#begun + 1] = string.sub(field, 3) end
end
for _, route in ipairs(cjson.decode(record).routing) do first[#first + 1] = route[1] end
for _, dests in ipairs({begun, first}) do
  for _, dest in ipairs(dests) do
    if redis.call('ZSCORE', base .. 'd:' .. dest, id) then return {0, wakeups} end
  end
end
local dests = #begun > 0 and begun or first
for _, dest in ipairs(dests) do
  redis.call('ZADD', base .. 'd:' .. dest, now, id)
  redis.call('SADD', base .. 'dests', dest)
  wakeups[#wakeups + 1] = wake(dest, now)
end
redis.call('HSET', key, 'left', #dests)
return {2, wakeups}
`,
  encode: ({ queueId, now }: Mending) => [queueId, now],
  decode(answer: ScriptAnswer) {
    const [result, wakeups] = list(answer);
    const done = result === 2 ? 'due again' : flag(result) ? 'removed' : 'nothing';
    return { done, wakeups: wakeupsOf(wakeups) } as const;
  },
});
