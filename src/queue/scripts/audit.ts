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

/** Facts about a destination. */
export interface Audit {
  /** Name of the alarm's job; empty if there is none. */
  readonly job: string;
  readonly wakesAt: number;
  readonly isOwned: boolean;
  /** Undefined if nothing will ever be due, such as what is held. */
  readonly due: number | undefined;
  /** Number of entries that were due too late, and are due now. */
  readonly late: number;
}

/**
 * Collects the facts for the sweeper, and removes a destination for which no mail waits. An entry that is due later
 * than possible was scheduled by a clock that was ahead, and is due now. A lease that such a clock granted ends in
 * time.
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
  -- Without mail and without a run nobody comes: new mail must not think so.
  if redis.call('EXISTS', owner) == 0 then redis.call('HDEL', base .. 'awake', dest) end
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
