import { flag, list, text, type ScriptAnswer } from './answer.ts';
import { script } from './script.ts';

/** Of those that are too many, or whose time has passed, so many go in one step. */
const FORGOTTEN_AT_ONCE = 10;

/** Takes whatever is known of a destination away. */
const forgetOne = `
local function forgetOne(dest)
  redis.call('ZREM', base .. 'health-mailed', dest)
  redis.call('ZREM', base .. 'health-checked', dest)
  redis.call('DEL', base .. 'health:' .. dest)
end
`;

export interface DestinationMailed {
  readonly destination: string;
  readonly at: number;
  /** When it is forgotten that it was. */
  readonly until: number;
  /** Destinations of a queue. */
  readonly most: number;
}

/** Mail has gone to a destination. Of too many, those go that no mail has gone to for the longest time. */
export const noteMailed = script({
  flags: 'allow-oom',
  lua: `${forgetOne}
local dest, at, until_, most = unpack(ARGV)
local mailed, checked = base .. 'health-mailed', base .. 'health-checked'
redis.call('ZADD', mailed, 'GT', at, dest)
redis.call('ZADD', checked, 'NX', 0, dest)
for _, key in ipairs({mailed, checked}) do
  redis.call('PEXPIREAT', key, until_, 'NX')
  redis.call('PEXPIREAT', key, until_, 'GT')
end
for _ = 1, ${FORGOTTEN_AT_ONCE} do
  if redis.call('ZCARD', mailed) <= tonumber(most) then break end
  forgetOne(redis.call('ZRANGE', mailed, 0, 0)[1])
end
return 1
`,
  encode: ({ destination, at, until, most }: DestinationMailed) => [destination, at, Math.ceil(until), most],
  decode: flag,
});

export interface TakingDestination {
  /** Destinations that were checked then, or before, are due. */
  readonly checkedBefore: number;
  /** What counts as the time of the check until there is one. */
  readonly takenAs: number;
  /** None was checked later than this, unless a clock was ahead: such are due, too. */
  readonly latest: number;
  /** Those to which no mail has gone since then are forgotten. */
  readonly mailedSince: number;
}

/**
 * Gives the destination that was checked the longest ago to one process, with what is known of it: no other gets it
 * before `takenAs` is long enough ago.
 */
export const takeDestination = script({
  flags: 'allow-oom',
  lua: `${forgetOne}
local before, taken, latest, since = unpack(ARGV)
local mailed, checked = base .. 'health-mailed', base .. 'health-checked'
for _, dest in ipairs(redis.call('ZRANGEBYSCORE', mailed, '-inf', '(' .. since, 'LIMIT', 0, ${FORGOTTEN_AT_ONCE})) do
  forgetOne(dest)
end
local due = redis.call('ZRANGEBYSCORE', checked, '-inf', before, 'LIMIT', 0, 1)
if #due == 0 then due = redis.call('ZRANGEBYSCORE', checked, '(' .. latest, '+inf', 'LIMIT', 0, 1) end
local dest = due[1]
if not dest then return {} end
redis.call('ZADD', checked, taken, dest)
return {dest, redis.call('GET', base .. 'health:' .. dest) or ''}
`,
  encode: ({ checkedBefore, takenAs, latest, mailedSince }: TakingDestination) => [
    checkedBefore,
    takenAs,
    latest,
    mailedSince,
  ],
  decode(answer: ScriptAnswer) {
    const [destination, known] = list(answer);
    return destination === undefined ? undefined : { destination: text(destination), text: text(known) };
  },
});

/** Nobody wants to know any more. */
export const forgetDestination = script({
  flags: 'allow-oom',
  lua: `${forgetOne}
forgetOne(ARGV[1])
return 1
`,
  encode: (destination: string) => [destination],
  decode: flag,
});

export interface DestinationChecked {
  readonly destination: string;
  readonly at: number;
  /** What is known of it now. */
  readonly text: string;
  readonly until: number;
}

/** Stores what a check has found; false if the destination was forgotten meanwhile. */
export const putChecked = script({
  flags: 'allow-oom',
  lua: `
local dest, at, text, until_ = unpack(ARGV)
local checked = base .. 'health-checked'
if not redis.call('ZSCORE', checked, dest) then return 0 end
redis.call('ZADD', checked, at, dest)
redis.call('SET', base .. 'health:' .. dest, text, 'PXAT', until_)
return 1
`,
  encode: ({ destination, at, text: stored, until }: DestinationChecked) => [
    destination,
    at,
    stored,
    Math.ceil(until),
  ],
  decode: flag,
});
