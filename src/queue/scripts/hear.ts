import type { Progress } from '../../core/delivery/outcome.ts';
import { encodeProgress } from '../forms/record.ts';
import { flag } from './answer.ts';
import { claimed } from './parts.ts';
import { script } from './script.ts';

export interface Hearing {
  readonly destination: string;
  readonly token: string;
  readonly queueId: string;
  readonly progress: Progress;
  /** Recipients in doubt, indexes with commas; may be empty. */
  readonly dot: string;
}

/**
 * Stores what is known during an attempt: which recipients no longer wait, and which are still in doubt. False if this
 * run no longer has the message.
 */
export const hear = script({
  flags: 'allow-oom',
  // The next intent may already be stored, and this must not remove it.
  inTurn: true,
  lua: `${claimed}
local dest, token, id, progress, dot = unpack(ARGV)
local key = base .. 'm:' .. id
if tonumber(redis.call('ZSCORE', base .. 'd:' .. dest, id) or 0) ~= claimed(token) then return 0 end
redis.call('HSET', key, 's:' .. dest, progress)
if dot == '' then redis.call('HDEL', key, 'dot:' .. dest) else redis.call('HSET', key, 'dot:' .. dest, dot) end
return 1
`,
  encode: ({ destination, token, queueId, progress, dot }: Hearing) => [
    destination,
    token,
    queueId,
    encodeProgress(progress),
    dot,
  ],
  decode: flag,
});
