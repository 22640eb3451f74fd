import { flag } from './answer.ts';
import { script } from './script.ts';

export interface Discard {
  readonly queueId: string;
  /** The score as it was read: content that has another score now was renewed, and stays. Absent: any score. */
  readonly score?: string;
  /** More of the content may come, so it stays listed, or is listed now. */
  readonly mayCome: boolean;
}

/**
 * Removes content that was written ahead and belongs to no message; false if it was renewed. This is a script because a
 * full Redis refuses MULTI.
 */
export const discard = script({
  flags: 'allow-oom',
  lua: `
local id, listed, mayCome = unpack(ARGV)
local score = redis.call('ZSCORE', base .. 'incoming', id)
if listed ~= '' and score ~= listed or redis.call('EXISTS', base .. 'm:' .. id) == 1 then return 0 end
if mayCome == '0' then redis.call('ZREM', base .. 'incoming', id)
elseif not score then redis.call('ZADD', base .. 'incoming', redis.call('TIME')[1] * 1000 + 0.5, id) end
redis.call('UNLINK', base .. 'b:' .. id)
return 1
`,
  encode: ({ queueId, score = '', mayCome }: Discard) => [queueId, score, mayCome ? 1 : 0],
  decode: flag,
});
