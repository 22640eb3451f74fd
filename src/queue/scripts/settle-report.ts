import { flag } from './answer.ts';
import { chargeFor, keptReportMs } from './count-sessions.ts';
import { script } from './script.ts';

export interface ReportSettled {
  readonly name: string;
  readonly token: string;
  /** When it is tried again, and what is known of it until then; absent: it is done, and its counters go. */
  readonly again?: { readonly at: number; readonly progress: string };
}

/**
 * A report was sent, is given up, or is tried again; false if somebody else has taken it since. There is no other of its
 * domain and day.
 */
export const settleReport = script({
  flags: 'allow-oom',
  lua: `
local name, token, at, progress = unpack(ARGV)
local due, key = base .. 'tlsrpt-due', base .. 'tlsrpt:' .. name
if redis.call('HGET', key, 'taken') ~= token then return 0 end
if at == '' then
  local octets = redis.call('HGET', key, 'octets') or '0'
  redis.call('UNLINK', key)
  redis.call('ZREM', due, name)
  local day, domain = string.sub(name, 1, 10), string.sub(name, 12)
  local sent, whole = base .. 'tlsrpt-sent:' .. day, base .. 'tlsrpt-octets:' .. day
  redis.call('SADD', sent, domain)
  redis.call('PEXPIRE', sent, ${keptReportMs})
  if redis.call('EXISTS', whole) == 1 then redis.call('HINCRBY', whole, 'octets', '-' .. octets) end
else
  redis.call('HDEL', key, 'taken')
  ${chargeFor}
  local before = redis.call('HGET', key, 'progress')
  local grown = charge('progress', progress) - (before and charge('progress', before) or 0)
  redis.call('HSET', key, 'progress', progress)
  redis.call('HINCRBY', key, 'octets', grown)
  local whole = base .. 'tlsrpt-octets:' .. string.sub(name, 1, 10)
  if redis.call('EXISTS', whole) == 1 then redis.call('HINCRBY', whole, 'octets', grown) end
  redis.call('ZADD', due, at, name)
  redis.call('PEXPIRE', due, ${keptReportMs})
end
return 1
`,
  encode: ({ name, token, again }: ReportSettled) => [name, token, again?.at ?? '', again?.progress ?? ''],
  decode: flag,
});

/** Makes a report due that waits; false if there is none, or if it is being sent. */
export const hastenReport = script({
  flags: 'allow-oom',
  lua: `
local name, now = unpack(ARGV)
if redis.call('HEXISTS', base .. 'tlsrpt:' .. name, 'taken') == 1 then return 0 end
if not redis.call('ZSCORE', base .. 'tlsrpt-due', name) then return 0 end
redis.call('ZADD', base .. 'tlsrpt-due', now, name)
return 1
`,
  encode: ({ name, now }: { readonly name: string; readonly now: number }) => [name, now],
  decode: flag,
});
