import { integer, list } from './answer.ts';
import { script } from './script.ts';

/** Number of messages, and octets, of content that was written ahead of its envelope. */
export interface UnfinishedFacts {
  readonly messages: number;
  readonly bytes: number;
}

/** Counts what is being written ahead; octets of at most a thousand messages. */
export const unfinished = script<void, UnfinishedFacts>({
  flags: 'no-writes',
  lua: `
local bytes = 0
for _, id in ipairs(redis.call('ZRANGE', base .. 'incoming', 0, 999)) do
  bytes = bytes + (redis.call('MEMORY', 'USAGE', base .. 'b:' .. id) or 0)
end
return {redis.call('ZCARD', base .. 'incoming'), bytes}
`,
  encode: () => [],
  decode(answer) {
    const [messages, bytes] = list(answer);
    return { messages: integer(messages), bytes: integer(bytes) };
  },
});
