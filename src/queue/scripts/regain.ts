import { integer } from './answer.ts';
import { claimed } from './parts.ts';
import { script } from './script.ts';

export interface Regaining {
  readonly destination: string;
  readonly token: string;
  readonly now: number;
  /** The claims that the run knows of. */
  readonly queueIds: readonly string[];
}

/** Makes claims of this run due whose answer was lost with a connection. Answers with their number. */
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
