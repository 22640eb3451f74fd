import { flag } from './answer.ts';
import { script } from './script.ts';

/** Most notes that are kept. */
const KEPT_NOTES = 1000;

export interface Excepting {
  readonly name: string;
  /** The exception as it is stored. */
  readonly text: string;
  /** Exceptions of a queue. */
  readonly most: number;
  /** For the log of a relay. */
  readonly note: string;
}

/** Puts an exception in the place of one with the same name; false if there are too many. */
export const except = script({
  flags: 'allow-oom',
  lua: `
local name, text, most, note = unpack(ARGV)
local all = base .. 'exceptions'
if redis.call('HEXISTS', all, name) == 0 and redis.call('HLEN', all) >= tonumber(most) then return 0 end
redis.call('HSET', all, name, text)
redis.call('RPUSH', base .. 'exception-notes', note)
redis.call('LTRIM', base .. 'exception-notes', -${KEPT_NOTES}, -1)
redis.call('PUBLISH', base .. 'excepted', '')
return 1
`,
  encode: ({ name, text, most, note }: Excepting) => [name, text, most, note],
  decode: flag,
});

export interface Unexcepting {
  readonly name: string;
  /** The exception as it was read: another one stays. */
  readonly text: string;
  /** For the log of a relay; empty if the caller has a log. */
  readonly note: string;
}

/** Removes an exception; false if it is no longer there. */
export const unexcept = script({
  flags: 'allow-oom',
  lua: `
local name, text, note = unpack(ARGV)
local all = base .. 'exceptions'
if redis.call('HGET', all, name) ~= text then return 0 end
redis.call('HDEL', all, name)
if note ~= '' then
  redis.call('RPUSH', base .. 'exception-notes', note)
  redis.call('LTRIM', base .. 'exception-notes', -${KEPT_NOTES}, -1)
end
redis.call('PUBLISH', base .. 'excepted', '')
return 1
`,
  encode: ({ name, text, note }: Unexcepting) => [name, text, note],
  decode: flag,
});
