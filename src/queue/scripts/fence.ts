import { flag } from './answer.ts';
import { script } from './script.ts';

/**
 * Ends the doubt about an `accept` without a reply: if it was not carried out, it never will be. True if the message is
 * in place, or on its way to another queue.
 */
export const fence = script({
  flags: 'allow-oom',
  lua: `
local id, now = unpack(ARGV)
if redis.call('EXISTS', base .. 'm:' .. id, base .. 'away:' .. id) > 0 then return 1 end
redis.call('ZADD', base .. 'fenced', now, id)
redis.call('ZADD', base .. 'incoming', 'NX', math.floor(now) + 0.5, id)
redis.call('UNLINK', base .. 'b:' .. id)
return 0
`,
  encode: ({ queueId, now }: { readonly queueId: string; readonly now: number }) => [queueId, now],
  decode: flag,
});
