import { nothing, script } from './script.ts';

export interface Remembering {
  /** Id of the queue it comes from, and how it left that. */
  readonly source: string;
  readonly departure: string;
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

/**
 * Puts what a client may ask of its message beside it. What is known here of its key stays; so does what is known of the
 * message while it is here, or on its way from here. What is left of it from an earlier stay is older.
 */
export const rememberArrived = script({
  flags: 'allow-oom',
  lua: `
local source, departure, id, now, keptMs, recipients, keyMs = unpack(ARGV, 1, 7)
local key = base .. 'http:' .. id
local isNew = redis.call('EXISTS', key) == 0
if not isNew and (redis.call('EXISTS', base .. 'm:' .. id, base .. 'away:' .. id) > 0
  or redis.call('HGET', base .. 'arrived:' .. source, id) == departure
  or tonumber(redis.call('HGET', key, 'at') or 0) ~= tonumber(now)) then return 0 end
for i = 8, #ARGV, 2 do redis.call('HSET', key, ARGV[i], ARGV[i + 1]) end
redis.call('PEXPIRE', key, keptMs)
local once = redis.call('HGET', key, 'once')
if once and keyMs ~= '0' then redis.call('SET', base .. 'key:' .. once, id, 'PX', keyMs, 'NX') end
if isNew then
  redis.call('ZADD', base .. 'http', now, id .. ' ' .. recipients)
  redis.call('INCRBY', base .. 'http-size', recipients)
end
return 1
`,
  encode: ({ source, departure, queueId, now, keptMs, recipients, keyMs, fields }: Remembering) => [
    source,
    departure,
    queueId,
    now,
    keptMs,
    recipients,
    keyMs,
    ...Object.entries(fields).flat(),
  ],
  decode: nothing,
});
