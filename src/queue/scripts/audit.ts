import { CLAIMED, HELD } from '../forms/keys.ts';
import { decimal, flag, integer, list, text, type ScriptAnswer } from './answer.ts';
import { script } from './script.ts';

export interface Auditing {
  readonly destination: string;
  readonly now: number;
  /** The latest that anything can be due, epoch ms. */
  readonly latest: number;
  readonly leaseMs: number;
}

/** What is known of a destination. */
export interface Audit {
  /** Of the alarm, empty if there is none. */
  readonly job: string;
  readonly wakesAt: number;
  readonly isOwned: boolean;
  /** Undefined when nothing will ever be due; what is held is never. */
  readonly due: number | undefined;
  /** How many were due too late, and are due now. */
  readonly late: number;
}

/**
 * What the sweeper wants to know; a destination nobody waits for is forgotten on the way. What is due later than anything
 * can be was put off by a clock that was ahead, and is due now; a lease that it gave out ends in time.
 */
export const audit = script({
  flags: 'allow-oom',
  lua: `
local dest, now, latest, lease = unpack(ARGV)
local queue, owner = base .. 'd:' .. dest, base .. 'owner:' .. dest
local late = redis.call('ZRANGEBYSCORE', queue, '(' .. latest, '(${HELD}', 'LIMIT', 0, 1000)
for _, id in ipairs(late) do redis.call('ZADD', queue, now, id) end
if redis.call('PTTL', owner) > 2 * tonumber(lease) then redis.call('PEXPIRE', owner, lease) end
local due = redis.call('ZRANGEBYSCORE', queue, '-inf', '(${HELD}', 'WITHSCORES', 'LIMIT', 0, 1)
if #due == 0 then due = redis.call('ZRANGEBYSCORE', queue, ${CLAIMED}, '+inf', 'WITHSCORES', 'LIMIT', 0, 1) end
if redis.call('EXISTS', queue) == 0 then
  redis.call('SREM', base .. 'dests', dest)
  redis.call('HDEL', base .. 'postponed', dest)
end
return {redis.call('HGET', base .. 'awake', dest) or '', redis.call('EXISTS', owner), due[2] or '', #late}
`,
  encode: ({ destination, now, latest, leaseMs }: Auditing) => [destination, now, latest, leaseMs],
  decode(answer: ScriptAnswer): Audit {
    const [awake, owned, due, late] = list(answer);
    const [job = '', until = '0'] = text(awake).split(':');
    return {
      job,
      wakesAt: Number(until),
      isOwned: flag(owned),
      due: text(due) === '' ? undefined : decimal(due),
      late: integer(late),
    };
  },
});
