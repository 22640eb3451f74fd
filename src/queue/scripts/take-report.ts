import { list, text, type ScriptAnswer } from './answer.ts';
import { keptReportMs } from './count-sessions.ts';
import { script } from './script.ts';

export interface ReportWanted {
  readonly now: number;
  /** Nobody else is given it for so long. */
  readonly leaseMs: number;
  /** Of whoever takes it, this time. */
  readonly token: string;
}

/** The counters of a domain and a day, as they are stored. */
export interface StoredDay {
  /** `DAY DOMAIN` */
  readonly name: string;
  readonly fields: ReadonlyMap<string, string>;
}

/** Days without counters that are looked at in one step. */
const EMPTY_AT_ONCE = 100;

/** Gives out a report that is due, the oldest first; undefined if none is. From now on nothing more is counted for it. */
export const takeReport = script({
  flags: 'allow-oom',
  lua: `
local now, lease, token = unpack(ARGV)
local due = base .. 'tlsrpt-due'
for _ = 1, ${EMPTY_AT_ONCE} do
  local name = redis.call('ZRANGEBYSCORE', due, '-inf', now, 'LIMIT', 0, 1)[1]
  if not name then return {} end
  local key = base .. 'tlsrpt:' .. name
  if redis.call('EXISTS', key) == 1 then
    redis.call('ZADD', due, now + lease, name)
    redis.call('PEXPIRE', due, ${keptReportMs})
    redis.call('HSET', key, 'taken', token)
    redis.call('HSETNX', key, 'name', token)
    return {name, redis.call('HGETALL', key)}
  end
  redis.call('ZREM', due, name)
end
return {}
`,
  encode: ({ now, leaseMs, token }: ReportWanted) => [now, leaseMs, token],
  decode(answer: ScriptAnswer): StoredDay | undefined {
    const [name, fields] = list(answer);
    return name === undefined ? undefined : { name: text(name), fields: fieldsOf(list(fields)) };
  },
});

function fieldsOf(words: readonly ScriptAnswer[]): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (let at = 0; at < words.length; at += 2) fields.set(text(words[at]), text(words[at + 1]));
  return fields;
}
