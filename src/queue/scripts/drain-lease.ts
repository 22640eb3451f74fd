import { flag, integer, StrangeAnswer, type ScriptAnswer } from './answer.ts';
import { script } from './script.ts';

export interface DrainLease {
  readonly drain: string;
  /** 0 ends it. */
  readonly leaseMs: number;
}

/** Takes, renews or ends the right to move messages out of this queue. False if another drain has it. */
export const leaseDrain = script({
  flags: 'allow-oom',
  lua: `
local drain, lease = unpack(ARGV)
local held = redis.call('GET', base .. 'drain')
if held and held ~= drain then return 0 end
if lease == '0' then redis.call('DEL', base .. 'drain') else redis.call('SET', base .. 'drain', drain, 'PX', lease) end
return 1
`,
  encode: ({ drain, leaseMs }: DrainLease) => [drain, leaseMs],
  decode: flag,
});

/** The queue that a drain empties, by its id, and the drain. */
export interface Joining {
  readonly source: string;
  readonly drain: string;
}

/** `drained`: this queue is being emptied itself. `closed`: it takes no mail. */
export type JoinAnswer = 'joined' | 'drained' | 'closed';

/** From now on this queue takes messages of that source from this drain, and no longer from any before it. */
export const joinDrain = script({
  flags: 'allow-oom',
  lua: `
local source, drain = unpack(ARGV)
if redis.call('EXISTS', base .. 'drain') == 1 then return -1 end
if redis.call('EXISTS', base .. 'closed') == 1 then return -2 end
redis.call('HSET', base .. 'drains', source, drain)
return 1
`,
  encode: ({ source, drain }: Joining) => [source, drain],
  decode(answer: ScriptAnswer): JoinAnswer {
    const result = joined.get(integer(answer));
    if (result === undefined) throw new StrangeAnswer('a result was wanted');
    return result;
  },
});

const joined: ReadonlyMap<number, JoinAnswer> = new Map([
  [1, 'joined'],
  [-1, 'drained'],
  [-2, 'closed'],
] as const);
