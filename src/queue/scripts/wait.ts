import { nothing, script } from './script.ts';

export interface Waiting {
  readonly destination: string;
  readonly queueId: string;
  /** When trouble of the destination was found, epoch ms. */
  readonly since: number;
}

/** Lists deferred mail as waiting for the destination. */
export const wait = script({
  flags: 'allow-oom',
  lua: `
local dest, since, id = unpack(ARGV)
return redis.call('ZADD', base .. 'w:' .. dest, since, id)
`,
  encode: ({ destination, queueId, since }: Waiting) => [destination, since, queueId],
  decode: nothing,
});
