import { flag } from './answer.ts';
import { script } from './script.ts';

export interface Warning {
  readonly queueId: string;
  /** When the sender was warned, with a fraction that no other request has. */
  readonly mark: number;
}

/**
 * Marks that the sender was told that the message is late: true for the caller that sets the mark. A caller that lost
 * its answer asks again with the same mark.
 */
export const warn = script({
  flags: 'allow-oom',
  lua: `
local id, mark = unpack(ARGV)
local key = base .. 'm:' .. id
if redis.call('EXISTS', key) == 0 then return 0 end
if redis.call('HSETNX', key, 'warned', mark) == 1 then return 1 end
return redis.call('HGET', key, 'warned') == mark and 1 or 0
`,
  encode: ({ queueId, mark }: Warning) => [queueId, mark],
  decode: flag,
});
