import { CLAIMED, HELD } from '../forms/keys.ts';
import { decimal, text, type ScriptAnswer } from './answer.ts';
import { script } from './script.ts';

export interface Resting {
  readonly destination: string;
  readonly token: string;
  readonly now: number;
  /** Claims that could not be settled. */
  readonly unsettled: readonly string[];
  /** When they are due again, epoch ms. */
  readonly unsettledAt: number;
}

/**
 * `more`: mail is due. `empty`: nothing will ever fall due, and the lease has ended. `lost`: another run has the lease.
 */
export type Rest = 'more' | 'empty' | 'lost' | { readonly dueAt: number };

/**
 * Finds out whether a run may end. Claims that it could not settle are due again a little later, because no other run
 * would look at them. Claims whose answer was lost with a connection are due now.
 */
export const rest = script({
  flags: 'allow-oom',
  lua: `
local dest, token, now, later = unpack(ARGV, 1, 4)
local queue = base .. 'd:' .. dest
if redis.call('GET', base .. 'owner:' .. dest) ~= token then return 'lost' end
redis.call('HDEL', base .. 'postponed', dest)
for i = 5, #ARGV do
  if tonumber(redis.call('ZSCORE', queue, ARGV[i]) or 0) >= ${CLAIMED} then redis.call('ZADD', queue, later, ARGV[i]) end
end
for _, id in ipairs(redis.call('ZRANGEBYSCORE', queue, ${CLAIMED}, '+inf')) do redis.call('ZADD', queue, now, id) end
local first = redis.call('ZRANGE', queue, 0, 0, 'WITHSCORES')
if #first == 0 or tonumber(first[2]) >= ${HELD} then
  redis.call('SREM', base .. 'hungry', dest)
  redis.call('HDEL', base .. 'awake', dest)
  if #first == 0 then redis.call('SREM', base .. 'dests', dest) end
  redis.call('DEL', base .. 'owner:' .. dest)
  return 'empty'
end
if tonumber(first[2]) <= tonumber(now) then return 'more' end
return first[2]
`,
  encode: ({ destination, token, now, unsettled, unsettledAt }: Resting) => [
    destination,
    token,
    now,
    unsettledAt,
    ...unsettled,
  ],
  decode(answer: ScriptAnswer): Rest {
    const word = text(answer);
    if (word === 'more' || word === 'empty' || word === 'lost') return word;
    return { dueAt: decimal(answer) };
  },
});
