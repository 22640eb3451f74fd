import { CLAIMED, HELD } from '../forms/keys.ts';
import { integer, list, StrangeAnswer, type ScriptAnswer } from './answer.ts';
import { noted, type Note } from './note.ts';
import type { Argument } from './script.ts';
import { wake, wakeupsOf, type Wakeup } from './wakeup.ts';

/** What the operator does to a message, as all scripts for that are told it. */
export interface Steering {
  readonly queueId: string;
  /** When recipients of the message were moved last, as it was read with the destinations; empty: never. */
  readonly moved: string;
  /** For the log. */
  readonly note: Note;
  /** Every destination at which the message may wait. */
  readonly destinations: readonly string[];
}

/** The answer: what became of the message at its destinations, by their number. */
export interface Steered {
  /**
   * `unknown`: no message has this ID. `changed meanwhile`: recipients were moved after the destinations were read, and
   * nothing was done. `nothing`: it was so before.
   */
  readonly result: 'done' | 'nothing' | 'unknown' | 'changed meanwhile';
  /** At which a delivery is under way that goes on. */
  readonly underWay: number;
  /** At which it is held. */
  readonly held: number;
  readonly wakeups: readonly Wakeup[];
}

/**
 * Lua: `unsteerable` is the code of an answer if nothing is to be done; `scoreOf` is nil where it does not wait; `answer`
 * builds one.
 */
export const steering = `${wake}${noted}
local function unsteerable(id, moved)
  local key = base .. 'm:' .. id
  if redis.call('HEXISTS', key, 'record') == 0 then return -1 end
  if (redis.call('HGET', key, 'moved') or '') ~= moved then return -2 end
end
local function scoreOf(dest, id)
  local score = redis.call('ZSCORE', base .. 'd:' .. dest, id)
  return score and tonumber(score)
end
local function isClaimed(score) return score and score >= ${CLAIMED} end
local function isHeld(score) return score and score >= ${HELD} and score < ${CLAIMED} end
local function makeDue(dest, id, now, wakeups)
  redis.call('ZADD', base .. 'd:' .. dest, now, id)
  local wakeup = wake(dest, now)
  if wakeup then wakeups[#wakeups + 1] = wakeup end
end
local function answer(result, underWay, held, wakeups) return {result, underWay or 0, held or 0, wakeups or {}} end
`;

/** Three arguments, then `more` of the script's own, then the destinations. */
export function steeringArguments(
  { queueId, moved, note, destinations }: Steering,
  ...more: readonly Argument[]
): readonly Argument[] {
  return [queueId, moved, JSON.stringify(note), ...more, ...destinations];
}

const results: ReadonlyMap<number, Steered['result']> = new Map([
  [1, 'done'],
  [0, 'nothing'],
  [-1, 'unknown'],
  [-2, 'changed meanwhile'],
]);

export function steeredOf(answer: ScriptAnswer): Steered {
  const [code, underWay, held, wakeups] = list(answer);
  const result = results.get(integer(code));
  if (result === undefined) throw new StrangeAnswer('a result was wanted');
  return { result, underWay: integer(underWay), held: integer(held), wakeups: wakeupsOf(wakeups) };
}
