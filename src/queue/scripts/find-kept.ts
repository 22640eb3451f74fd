import { decimal, flag, integer, list, text, type ScriptAnswer } from './answer.ts';
import { script } from './script.ts';

export interface KeptSearch {
  /** Counted from the first attempt that was ever kept: those before this one are looked at. Absent: from the newest on. */
  readonly before?: number | undefined;
  /** How many are looked at in this step. */
  readonly count: number;
  /** What one contains that is wanted. */
  readonly needle: string;
  /** In the needle all letters are small; in what is kept they need not be. */
  readonly anyCase: boolean;
}

export interface KeptFound {
  /** Where to go on; absent if there is nothing older. */
  readonly before?: number;
  /** When the oldest attempt that was looked at was over; epoch ms. */
  readonly oldestAt: number;
  /** The newest first. */
  readonly texts: readonly string[];
}

/** Looks for attempts, from the newest on. */
export const findKept = script({
  flags: 'no-writes',
  lua: `
local before, count, needle, anyCase = unpack(ARGV)
local gone = tonumber(redis.call('HGET', base .. 'past-facts', 'gone') or 0)
local last = gone + redis.call('LLEN', base .. 'past')
if before ~= '' then last = math.min(last, tonumber(before)) end
local first = math.max(gone, last - tonumber(count))
if last <= first then return {0, 0, {}, '0'} end
local found = {}
local texts = redis.call('LRANGE', base .. 'past', first - gone, last - 1 - gone)
for i = #texts, 1, -1 do
  local whole = anyCase == '1' and string.lower(texts[i]) or texts[i]
  if string.find(whole, needle, 1, true) then found[#found + 1] = texts[i] end
end
local oldest = string.match(texts[1], '^{"at":(%d+)') or '0'
return {first > gone and 1 or 0, first, found, oldest}
`,
  encode: ({ before, count, needle, anyCase }: KeptSearch) => [before ?? '', count, needle, anyCase ? 1 : 0],
  decode(answer: ScriptAnswer): KeptFound {
    const [more, first, found, oldest] = list(answer);
    const texts = list(found).map(text);
    return { ...(flag(more) && { before: integer(first) }), oldestAt: decimal(oldest), texts };
  },
});
