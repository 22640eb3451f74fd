import { nothing, script } from './script.ts';

export interface Remembering {
  readonly queueId: string;
  readonly now: number;
  readonly keptMs: number;
  /** Recipients. */
  readonly recipients: number;
  /** For how long its key keeps a request from being carried out twice; 0 if it has none. */
  readonly keyMs: number;
  /** The hash (keys.ts, `http:ID`) as it was where the message comes from. */
  readonly fields: Readonly<Record<string, string>>;
}

/** Puts what a client may ask of its message beside it. What is known here of the message, or of its key, stays. */
export const rememberArrived = script({
  flags: 'allow-oom',
  lua: `
local id, now, keptMs, recipients, keyMs = unpack(ARGV, 1, 5)
local key = base .. 'http:' .. id
if redis.call('EXISTS', key) == 1 then return 0 end
for i = 6, #ARGV, 2 do redis.call('HSET', key, ARGV[i], ARGV[i + 1]) end
redis.call('PEXPIRE', key, keptMs)
local once = redis.call('HGET', key, 'once')
if once and keyMs ~= '0' then redis.call('SET', base .. 'key:' .. once, id, 'PX', keyMs, 'NX') end
redis.call('ZADD', base .. 'http', now, id .. ' ' .. recipients)
redis.call('INCRBY', base .. 'http-size', recipients)
return 1
`,
  encode: ({ queueId, now, keptMs, recipients, keyMs, fields }: Remembering) => [
    queueId,
    now,
    keptMs,
    recipients,
    keyMs,
    ...Object.entries(fields).flat(),
  ],
  decode: nothing,
});
