import type { ScriptAnswer } from './answer.ts';

export type Argument = string | number | Buffer;

/**
 * One move of the queue: atomic and, with `appendfsync always`, on disk before Redis answers. Those that deliveries use are
 * safe to run twice with the same input, because a patient client that lost its connection sends them again.
 *
 * In Lua `base` is the base of all key names, which is what KEYS declares: every key of a queue lies in the hash slot of its
 * base, so that a cluster, or what stands before one, sends the call to the node that has them all. ARGV is what `encode` makes.
 */
export interface Script<Input, Output> {
  /**
   * Flags of Redis 7.0. `allow-oom`: mail must go out of a Redis that is full too. `no-writes`: this may be asked whatever
   * state Redis is in. None: obeys `maxmemory`; refused as a whole, while a script without a first line of flags would be
   * stopped at some command in the middle.
   */
  readonly flags: 'allow-oom' | 'no-writes' | 'none';
  /**
   * What is asked after it must come after it, also where Redis has forgotten its scripts and one that is only named is sent
   * once more: its text always goes with it.
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

/** Of a script that has nothing to tell. */
export function nothing(): void {}
