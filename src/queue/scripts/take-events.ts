import { list, text, type ScriptAnswer } from './answer.ts';
import { script } from './script.ts';

export interface EventsWanted {
  readonly webhook: string;
  readonly now: number;
  readonly count: number;
  /** Nobody else is given them for so long. */
  readonly leaseMs: number;
}

/** An event for a webhook, as it is stored. */
export interface StoredEvent {
  readonly id: string;
  readonly body: string;
  /** That failed. */
  readonly attempts: number;
}

/** Gives out events that are due for a webhook, oldest first. */
export const takeEvents = script({
  flags: 'allow-oom',
  lua: `
local name, now, count, lease = unpack(ARGV)
local due, bodies = base .. 'hook:' .. name, base .. 'hook-event:' .. name
local found = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', due, '-inf', now, 'LIMIT', 0, count)) do
  local body = redis.call('HGET', bodies, id)
  if body then
    redis.call('ZADD', due, now + lease, id)
    found[#found + 1] = {id, body, redis.call('HGET', bodies, id .. ' attempts') or '0'}
  else
    redis.call('ZREM', due, id)
  end
end
return found
`,
  encode: ({ webhook, now, count, leaseMs }: EventsWanted) => [webhook, now, count, leaseMs],
  decode: (answer: ScriptAnswer): readonly StoredEvent[] =>
    list(answer).map((entry) => {
      const [id, body, attempts] = list(entry);
      return { id: text(id), body: text(body), attempts: Number(text(attempts)) };
    }),
});
