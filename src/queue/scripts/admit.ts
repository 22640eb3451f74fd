import { HELD } from '../forms/keys.ts';
import type { ScriptAnswer } from './answer.ts';
import { script } from './script.ts';
import { wake, wakeupsOf } from './wakeup.ts';

/** A message that was stored to fall due later, until its replicas were known to have it. */
export interface Admission {
  readonly queueId: string;
  /** When it is due, epoch ms. */
  readonly at: number;
  readonly destinations: readonly string[];
}

/** Makes messages due of which enough replicas are known to have them. The answer is the wakeups of their destinations. */
export const admit = script({
  flags: 'allow-oom',
  lua: `${wake}
local wakeups = {}
for i = 1, #ARGV, 3 do
  local dest, id, at = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2])
  local queue = base .. 'd:' .. dest
  local due = tonumber(redis.call('ZSCORE', queue, id) or 0)
  if due > at and due < ${HELD} and redis.call('HEXISTS', base .. 'm:' .. id, 's:' .. dest) == 0 then
    redis.call('ZADD', queue, at, id)
    wakeups[#wakeups + 1] = wake(dest, at)
  end
end
return wakeups
`,
  encode: ({ messages }: { readonly messages: readonly Admission[] }) =>
    messages.flatMap(({ queueId, at, destinations }) =>
      destinations.flatMap((destination) => [destination, queueId, at]),
    ),
  decode: (answer: ScriptAnswer) => wakeupsOf(answer),
});
