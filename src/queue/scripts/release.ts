import { claimed } from './parts.ts';
import { nothing, script } from './script.ts';

export interface Release {
  readonly destination: string;
  readonly token: string;
  readonly now: number;
  readonly queueIds: readonly string[];
}

/** Gives claims of this run back untouched. */
export const release = script({
  flags: 'allow-oom',
  lua: `${claimed}
local dest, token, now = unpack(ARGV, 1, 3)
local queue, score = base .. 'd:' .. dest, claimed(token)
for i = 4, #ARGV do
  if tonumber(redis.call('ZSCORE', queue, ARGV[i]) or 0) == score then redis.call('ZADD', queue, now, ARGV[i]) end
end
return 1
`,
  encode: ({ destination, token, now, queueIds }: Release) => [destination, token, now, ...queueIds],
  decode: nothing,
});
