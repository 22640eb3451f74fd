import { HELD } from '../forms/keys.ts';
import { flag } from './answer.ts';
import { script } from './script.ts';

export interface Adoption {
  readonly queueId: string;
  /** Name under which the content was written ahead. */
  readonly temporary: string;
  /** Name of the dump. */
  readonly dump: string;
  /** Written ahead; all of them must be there. */
  readonly pieces: number;
  /** Empty when the content was written ahead. */
  readonly body: Buffer;
  /** Fields of the hash of the message (keys.ts), without `body` and `left`. */
  readonly fields: Readonly<Record<string, string>>;
  /** For each destination: epoch ms, or the mark for a decision of the operator. */
  readonly due: Readonly<Record<string, number | 'held'>>;
}

/** Puts a message of a dump in place; false if it is there, or an earlier import of the same dump has put it there. */
export const adopt = script({
  flags: 'none',
  lua: `
local id, temporary, dump, pieces, body, fields = unpack(ARGV, 1, 6)
local key, content, adopted = base .. 'm:' .. id, base .. 'b:' .. temporary, base .. 'adopted:' .. dump
redis.call('ZREM', base .. 'incoming', temporary)
if redis.call('EXISTS', key) == 1 or redis.call('SISMEMBER', adopted, id) == 1 then
  redis.call('UNLINK', content)
  return 0
end
if redis.call('LLEN', content) ~= tonumber(pieces) then return redis.error_reply('MISSING content') end
local last = 6 + tonumber(fields)
for i = 7, last, 2 do redis.call('HSET', key, ARGV[i], ARGV[i + 1]) end
redis.call('HSET', key, 'left', (#ARGV - last) / 2)
if pieces == '0' then redis.call('HSET', key, 'body', body) else redis.call('RENAME', content, base .. 'b:' .. id) end
for i = last + 1, #ARGV, 2 do
  redis.call('ZADD', base .. 'd:' .. ARGV[i], ARGV[i + 1], id)
  redis.call('SADD', base .. 'dests', ARGV[i])
end
redis.call('SADD', adopted, id)
redis.call('EXPIRE', adopted, 30 * 86400)
return 1
`,
  encode({ queueId, temporary, dump, pieces, body, fields, due }: Adoption) {
    const stored = Object.entries(fields).flat();
    const times = Object.entries(due).flatMap(([destination, at]) => [
      destination,
      at === 'held' ? HELD : at,
    ]);
    return [queueId, temporary, dump, pieces, body, stored.length, ...stored, ...times];
  },
  decode: flag,
});
