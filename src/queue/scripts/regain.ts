import { integer } from './answer.ts';
import { claimed } from './parts.ts';
import { script } from './script.ts';

export interface Regaining {
  readonly destination: string;
  readonly token: string;
  readonly now: number;
  /** What the run knows that it has. */
  readonly queueIds: readonly string[];
}

/**
 * What this run claimed and never heard of, because the answer was lost with a connection, is due now. The number of such.
 */
export const regain = script({
  flags: 'allow-oom',
  lua: `${claimed}
local dest, token, now = unpack(ARGV, 1, 3)
local queue, score = base .. 'd:' .. dest, claimed(token)
local known, count = {}, 0
for i = 4, #ARGV do known[ARGV[i]] = true end
for _, id in ipairs(redis.call('ZRANGEBYSCORE', queue, score, score)) do
  if not known[id] then
    redis.call('ZADD', queue, now, id)
    count = count + 1
  end
end
return count
`,
  encode: ({ destination, token, now, queueIds }: Regaining) => [destination, token, now, ...queueIds],
  decode: integer,
});
