import { flag } from './answer.ts';
import { script } from './script.ts';

export interface Warning {
  readonly queueId: string;
  /** When it was told, with a fraction that no other asking has. */
  readonly mark: number;
}

/**
 * Marks a message as one whose sender was told that it is late: true for the one who does so. Whose answer was lost asks
 * again with the same mark.
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
