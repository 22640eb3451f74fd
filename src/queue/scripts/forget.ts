import { flag } from './answer.ts';
import { script } from './script.ts';

export interface Forgetting {
  readonly queueId: string;
  readonly destinations: readonly string[];
}

/** Deletes a message, delivered or not; false if no message has this ID. */
export const forget = script({
  flags: 'allow-oom',
  lua: `
local id = ARGV[1]
for i = 2, #ARGV do redis.call('ZREM', base .. 'd:' .. ARGV[i], id) end
redis.call('UNLINK', base .. 'b:' .. id)
return redis.call('UNLINK', base .. 'm:' .. id)
`,
  encode: ({ queueId, destinations }: Forgetting) => [queueId, ...destinations],
  decode: flag,
});
