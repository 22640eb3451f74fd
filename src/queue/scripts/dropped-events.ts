import { integer, StrangeAnswer, type ScriptAnswer } from './answer.ts';
import { script } from './script.ts';

/** How many events of a webhook found no room since this was last asked. */
export const droppedEvents = script({
  flags: 'allow-oom',
  lua: `
local count = tonumber(redis.call('HGET', base .. 'hook-dropped', ARGV[1]) or 0)
if count > 0 then redis.call('HDEL', base .. 'hook-dropped', ARGV[1]) end
return count
`,
  encode: ({ webhook }: { readonly webhook: string }) => [webhook],
  decode(answer: ScriptAnswer): number {
    const count = integer(answer);
    if (count < 0) throw new StrangeAnswer('a count was wanted');
    return count;
  },
});
