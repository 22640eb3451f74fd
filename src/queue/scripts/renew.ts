import { flag } from './answer.ts';
import { script } from './script.ts';

export interface Renewal {
  readonly destination: string;
  readonly token: string;
  readonly leaseMs: number;
}

/**
 * Renews the lease; false if it was lost. A lease that expired while no other run wanted the destination is renewed
 * too, and its claims are still valid.
 */
export const renew = script({
  flags: 'allow-oom',
  lua: `
local dest, token, lease = unpack(ARGV)
local owner = base .. 'owner:' .. dest
local holder = redis.call('GET', owner)
if holder and holder ~= token then return 0 end
redis.call('SET', owner, token, 'PX', lease)
return 1
`,
  encode: ({ destination, token, leaseMs }: Renewal) => [destination, token, leaseMs],
  decode: flag,
});
