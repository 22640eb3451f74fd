import { list, text, type ScriptAnswer } from './answer.ts';
import { script } from './script.ts';

/** An entry of a destination, in the order in which they fall due. */
export interface Entry {
  readonly queueId: string;
  /** As Redis writes it. */
  readonly score: string;
}

export interface PageWanted {
  readonly destination: string;
  /** The last entry of the page before. It may be gone, or elsewhere, by now. */
  readonly after: Entry;
  readonly count: number;
}

/**
 * The entries behind a place in the order of a destination. What stays at its place while page after page is read is read
 * once, whatever happens to the others.
 */
export const page = script({
  flags: 'no-writes',
  lua: `
local dest, score, id, count = unpack(ARGV)
local queue = base .. 'd:' .. dest
local function isBehind(one, other)
  for i = 1, math.min(#one, #other) do
    local difference = string.byte(one, i) - string.byte(other, i)
    if difference ~= 0 then return difference > 0 end
  end
  return #one > #other
end
-- Entries of the same score are in the order of their octets.
local first = redis.call('ZCOUNT', queue, '-inf', '(' .. score)
local last = redis.call('ZCOUNT', queue, '-inf', score)
while first < last do
  local middle = math.floor((first + last) / 2)
  if isBehind(redis.call('ZRANGE', queue, middle, middle)[1], id) then last = middle else first = middle + 1 end
end
return redis.call('ZRANGE', queue, first, first + count - 1, 'WITHSCORES')
`,
  encode: ({ destination, after, count }: PageWanted) => [destination, after.score, after.queueId, count],
  decode(answer: ScriptAnswer): readonly Entry[] {
    const pairs = list(answer);
    return Array.from({ length: Math.ceil(pairs.length / 2) }, (_, place) => ({
      queueId: text(pairs[2 * place]),
      score: text(pairs[2 * place + 1]),
    }));
  },
});
