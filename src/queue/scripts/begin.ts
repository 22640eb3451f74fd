import { CLAIMED } from '../forms/keys.ts';
import { integer, list, text, type ScriptAnswer } from './answer.ts';
import { script } from './script.ts';

export interface Beginning {
  readonly destination: string;
  readonly uuid: string;
  readonly leaseMs: number;
  readonly now: number;
  readonly job: string;
}

export interface Begun {
  readonly token: string;
  /** Number of claims of a dead run. */
  readonly orphans: number;
}

/**
 * Takes the lease of a destination. What a dead run had claimed is due again, and no longer claimed by it. Undefined if
 * another run has the lease.
 */
export const begin = script({
  flags: 'allow-oom',
  lua: `
local dest, uuid, lease, now, job = unpack(ARGV)
local owner = base .. 'owner:' .. dest
local token = redis.call('GET', owner)
if token and string.match(token, ':(.*)$') ~= uuid then return -1 end
if not token then
  -- A replica that took over may lack the last numbers. By the clock, none comes a second time.
  local time = redis.call('TIME')
  local byClock = time[1] * 10000 + math.floor(time[2] / 100)
  local run = string.format('%.0f', math.max(redis.call('INCR', base .. 'seq'), byClock))
  redis.call('SET', base .. 'seq', run)
  token = run .. ':' .. uuid
end
redis.call('SET', owner, token, 'PX', lease)
redis.call('HSET', base .. 'awake', dest, job .. ':0')
local orphans = redis.call('ZRANGEBYSCORE', base .. 'd:' .. dest, ${CLAIMED}, '+inf')
for _, id in ipairs(orphans) do redis.call('ZADD', base .. 'd:' .. dest, now, id) end
return {token, #orphans}
`,
  encode: ({ destination, uuid, leaseMs, now, job }: Beginning) => [destination, uuid, leaseMs, now, job],
  decode(answer: ScriptAnswer): Begun | undefined {
    if (answer === -1) return undefined;
    const [token, orphans] = list(answer);
    return { token: text(token), orphans: integer(orphans) };
  },
});
