import { flag } from './answer.ts';
import { script } from './script.ts';

export interface Sleep {
  readonly destination: string;
  readonly token: string;
  readonly job: string;
  /** Epoch ms. */
  readonly until: number;
  /** Due mail sleeps too, because it cannot be delivered now. */
  readonly postponed?: {
    /** For `queue list`. */
    readonly reason?: string | undefined;
  };
}

/**
 * Notes that the job of a destination sleeps, and ends the lease. Mail that came in between is noticed here: true if
 * the job must be promoted at once.
 */
export const slept = script({
  flags: 'allow-oom',
  lua: `
local dest, token, job, wakesAt, postponed, reason = unpack(ARGV)
if redis.call('GET', base .. 'owner:' .. dest) == token then redis.call('DEL', base .. 'owner:' .. dest) end
redis.call('SREM', base .. 'hungry', dest)
local first = redis.call('ZRANGE', base .. 'd:' .. dest, 0, 0, 'WITHSCORES')
local promote = #first == 2 and tonumber(first[2]) < tonumber(wakesAt) and postponed == '0'
redis.call('HSET', base .. 'awake', dest, job .. ':' .. (promote and '0' or wakesAt))
if reason ~= '' and #first == 2 then redis.call('HSET', base .. 'postponed', dest, reason) end
return promote and 1 or 0
`,
  encode: ({ destination, token, job, until, postponed }: Sleep) => [
    destination,
    token,
    job,
    until,
    postponed === undefined ? 0 : 1,
    postponed?.reason ?? '',
  ],
  decode: flag,
});
