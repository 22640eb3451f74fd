import { text } from './answer.ts';
import { script } from './script.ts';

export interface Rewaking {
  readonly destination: string;
  /** Epoch ms; 0 is now. */
  readonly at: number;
}

/** Replaces the alarm of a destination. The answer is the name of the new job. */
export const rewake = script({
  flags: 'allow-oom',
  lua: `
local dest, at = unpack(ARGV)
local job = tostring(redis.call('INCR', base .. 'seq'))
redis.call('HSET', base .. 'awake', dest, job .. ':' .. at)
return job
`,
  encode: ({ destination, at }: Rewaking) => [destination, at],
  decode: text,
});
