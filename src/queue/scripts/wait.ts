import { nothing, script } from './script.ts';

export interface Waiting {
  readonly destination: string;
  readonly queueId: string;
  /** When the destination was found in trouble, epoch ms. */
  readonly since: number;
}

/** Mail that was deferred waits for the destination. */
export const wait = script({
  flags: 'allow-oom',
  lua: `
local dest, since, id = unpack(ARGV)
return redis.call('ZADD', base .. 'w:' .. dest, since, id)
`,
  encode: ({ destination, queueId, since }: Waiting) => [destination, since, queueId],
  decode: nothing,
});
