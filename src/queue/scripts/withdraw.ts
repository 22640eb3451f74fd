import { CLAIMED } from '../forms/keys.ts';
import { flag } from './answer.ts';
import { script } from './script.ts';

export interface Withdrawal {
  readonly queueId: string;
  readonly now: number;
  readonly destinations: readonly string[];
}

/**
 * Removes a message whose client was told to send it again, unless its delivery has begun, or it is on its way to
 * another queue. True if the message does not
 * exist (any more), false if it stays.
 */
export const withdraw = script({
  flags: 'allow-oom',
  lua: `
local id, now = unpack(ARGV, 1, 2)
local key = base .. 'm:' .. id
redis.call('ZADD', base .. 'fenced', now, id)
if redis.call('EXISTS', base .. 'away:' .. id) == 1 then return 0 end
if redis.call('EXISTS', key) == 0 then return 1 end
for i = 3, #ARGV do
  local score = redis.call('ZSCORE', base .. 'd:' .. ARGV[i], id)
  if not score or tonumber(score) >= ${CLAIMED} or redis.call('HEXISTS', key, 's:' .. ARGV[i]) == 1
    or redis.call('HEXISTS', key, 'dot:' .. ARGV[i]) == 1 then return 0 end
end
for i = 3, #ARGV do redis.call('ZREM', base .. 'd:' .. ARGV[i], id) end
redis.call('UNLINK', key, base .. 'b:' .. id)
return 1
`,
  encode: ({ queueId, now, destinations }: Withdrawal) => [queueId, now, ...destinations],
  decode: flag,
});
