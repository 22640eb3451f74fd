import { flag } from './answer.ts';
import { script } from './script.ts';

export interface EventSettled {
  readonly webhook: string;
  readonly id: string;
  /** Epoch ms of the next attempt; absent when there is none. */
  readonly retryAt?: number;
}

/** An event was brought to its webhook, is given up, or is tried again. */
export const settleEvent = script({
  flags: 'allow-oom',
  lua: `
local name, id, retryAt = unpack(ARGV)
local due, bodies = base .. 'hook:' .. name, base .. 'hook-event:' .. name
if retryAt == '' then
  redis.call('ZREM', due, id)
  redis.call('HDEL', bodies, id, id .. ' attempts')
elseif redis.call('HEXISTS', bodies, id) == 1 then
  redis.call('HINCRBY', bodies, id .. ' attempts', 1)
  redis.call('ZADD', due, retryAt, id)
end
return 1
`,
  encode: ({ webhook, id, retryAt }: EventSettled) => [webhook, id, retryAt ?? ''],
  decode: flag,
});
