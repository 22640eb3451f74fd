import { flag, integer, StrangeAnswer, type ScriptAnswer } from './answer.ts';
import { script } from './script.ts';
import type { Joining } from './drain-lease.ts';

export interface ArrivalAsked extends Joining {
  readonly queueId: string;
  readonly departure: string;
}

/**
 * Whether a departure has arrived. If not, it never will by an earlier drain: only the one that asks can still bring it.
 * `superseded`: a later drain brings what that source has. The answer that it has arrived comes
 * after a write, as that of `arrive`.
 */
export const askArrival = script({
  flags: 'allow-oom',
  lua: `
local source, drain, id, departure = unpack(ARGV)
if redis.call('HGET', base .. 'drains', source) ~= drain then return 2 end
local arrived = base .. 'arrived:' .. source
if redis.call('HGET', arrived, id) ~= departure then return 0 end
redis.call('HSET', arrived, id, departure)
return 1
`,
  encode: ({ source, drain, queueId, departure }: ArrivalAsked) => [source, drain, queueId, departure],
  decode(answer: ScriptAnswer): 'arrived' | 'not arrived' | 'superseded' {
    if (answer === 2) return 'superseded';
    const code = integer(answer);
    if (code !== 0 && code !== 1) throw new StrangeAnswer('a result was wanted');
    return code === 1 ? 'arrived' : 'not arrived';
  },
});

export interface ArrivalsForgotten extends Joining {
  /** Their sources know of their arrival. Empty: all of that source. */
  readonly queueIds: readonly string[];
}

/** Forgets that messages have arrived. False if a later drain brings what that source has. */
export const forgetArrivals = script({
  flags: 'allow-oom',
  lua: `
local source, drain = unpack(ARGV, 1, 2)
if redis.call('HGET', base .. 'drains', source) ~= drain then return 0 end
local arrived = base .. 'arrived:' .. source
if #ARGV == 2 then redis.call('UNLINK', arrived) end
for i = 3, #ARGV do redis.call('HDEL', arrived, ARGV[i]) end
return 1
`,
  encode: ({ source, drain, queueIds }: ArrivalsForgotten) => [source, drain, ...queueIds],
  decode: flag,
});
