import type { Suspension } from '../../core/site/concurrency.ts';
import { flag } from './answer.ts';
import { script } from './script.ts';

export interface Suspending {
  readonly destination: string;
  readonly token: string;
  readonly suspension: Suspension;
}

/** Suspends a destination; false if the lease was lost. */
export const suspend = script({
  flags: 'allow-oom',
  lua: `
local dest, token, suspension = unpack(ARGV)
if redis.call('GET', base .. 'owner:' .. dest) ~= token then return 0 end
redis.call('HSET', base .. 'suspended', dest, suspension)
return 1
`,
  encode: ({ destination, token, suspension }: Suspending) => [
    destination,
    token,
    JSON.stringify(suspension),
  ],
  decode: flag,
});
