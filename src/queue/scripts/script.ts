import type { ScriptAnswer } from './answer.ts';

export type Argument = string | number | Buffer;

/**
 * One move of the queue: atomic and, with `appendfsync always`, on disk before Redis answers. Scripts of deliveries are
 * safe to run twice with the same input, because a patient client sends them again after a lost connection.
 *
 * In Lua `base` is the base of all key names, which is what KEYS declares: every key of a queue lies in the hash slot
 * of its base, so that a cluster, or a proxy before one, sends the call to the node that has them all. ARGV is what
 * `encode` makes.
 */
export interface Script<Input, Output> {
  /**
   * Flags of Redis 7.0. `allow-oom`: mail must go out even if Redis is full. `no-writes`: this may be asked in any
   * state of Redis. Without a flag, the script obeys `maxmemory` and is refused as a whole; without a first line of
   * flags, it would be stopped at some command in the middle.
   */
  readonly flags: 'allow-oom' | 'no-writes' | 'none';
  /**
   * Later commands must stay behind it, even if Redis has forgotten its scripts and a script that is only named would
   * be sent again. So its text always goes with it.
   */
  readonly inTurn?: true;
  readonly lua: string;
  readonly encode: (input: Input) => readonly Argument[];
  /** Throws StrangeAnswer. */
  readonly decode: (answer: ScriptAnswer) => Output;
}

/** Fixes the types of a script by those of its two functions. */
export function script<Input, Output>(definition: Script<Input, Output>): Script<Input, Output> {
  return definition;
}

/** As Redis gets it. */
export function textOf({ flags, lua }: Pick<Script<never, unknown>, 'flags' | 'lua'>): string {
  return `#!lua${flags === 'none' ? '' : ` flags=${flags}`}\nlocal base = KEYS[1]\n${lua}`;
}

/** For a script without an answer. */
export function nothing(): void {}
