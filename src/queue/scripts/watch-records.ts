import { flag } from './answer.ts';
import { script } from './script.ts';

export interface WatchingRecords {
  readonly destination: string;
  /** `watchText` */
  readonly text: string;
  readonly nextAt: number;
  /** So many destinations have a watch; 0: only one that is there is written anew. */
  readonly most: number;
}

/** Stores which records of a destination are watched; false if there is no room, or it has ended. */
export const watchRecords = script({
  flags: 'allow-oom',
  lua: `
local dest, text, nextAt, most = unpack(ARGV)
local watched = base .. 'watched'
if redis.call('HEXISTS', watched, dest) == 0 and redis.call('HLEN', watched) >= tonumber(most) then return 0 end
redis.call('HSET', watched, dest, text)
redis.call('ZADD', base .. 'watched-at', nextAt, dest)
return 1
`,
  encode: ({ destination, text, nextAt, most }: WatchingRecords) => [destination, text, nextAt, most],
  decode: flag,
});
