import { flag } from './answer.ts';
import { script } from './script.ts';

export interface WatchingRecords {
  readonly destination: string;
  /** `watchText` */
  readonly text: string;
  readonly nextAt: number;
  /** So many destinations have a watch. */
  readonly most: number;
  /** The text that must be there; empty: whatever there is. */
  readonly before: string;
}

/** Stores which records of a destination are watched; false if there is no room, or another text is there than before. */
export const watchRecords = script({
  flags: 'allow-oom',
  lua: `
local dest, text, nextAt, most, before = unpack(ARGV)
local watched = base .. 'watched'
local there = redis.call('HGET', watched, dest)
if before ~= '' and there ~= before then return 0 end
if not there and redis.call('HLEN', watched) >= tonumber(most) then return 0 end
redis.call('HSET', watched, dest, text)
redis.call('ZADD', base .. 'watched-at', nextAt, dest)
return 1
`,
  encode: ({ destination, text, nextAt, most, before }: WatchingRecords) => [
    destination,
    text,
    nextAt,
    most,
    before,
  ],
  decode: flag,
});
