import { makeDice } from '../support/dice.ts';

/** Whole numbers from 0 to below `below`. */
export type Random = (below: number) => number;

/** Something that takes what remotes or operators send, and how to find fault with it. */
export interface FuzzTarget {
  readonly name: string;
  /**
   * Makes one input and looks at what becomes of it. Throws if that is wrong, with the input in the message. True: the
   * input came further than the first check, so that a run can tell whether its inputs are any good.
   */
  round(random: Random): boolean;
}

export interface FuzzResult {
  readonly rounds: number;
  /** Rounds that were true. */
  readonly deep: number;
}

/** The seed of the round that went wrong is all it takes to see it again. */
export class FuzzFault extends Error {
  readonly seed: number;

  constructor(target: string, seed: number, cause: unknown) {
    super(`${target}, seed ${seed}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.seed = seed;
  }
}

/**
 * One round for each seed from `seed` on, as often as `more` says. Throws FuzzFault.
 *
 * @param more asked before each round, with its seed
 */
export function runRounds(target: FuzzTarget, seed: number, more: (seed: number) => boolean): FuzzResult {
  let [rounds, deep] = [0, 0];
  for (let at = seed; more(at); at += 1) {
    try {
      if (target.round(makeDice(at).below)) deep += 1;
    } catch (error) {
      throw new FuzzFault(target.name, at, error);
    }
    rounds += 1;
  }
  return { rounds, deep };
}

/** A copy with a few octets changed, removed, inserted or repeated. */
export function mutate(original: Uint8Array, random: Random): Uint8Array {
  // Half of them keep every length, and so come further.
  if (random(2) === 0) return overwrite(original, random);
  let octets = [...original];
  for (let changes = 1 + random(3); changes > 0; changes -= 1) {
    const at = random(octets.length + 1);
    const how = random(5);
    if (how === 0) octets = octets.slice(0, at);
    else if (how === 1) octets.splice(at, 1 + random(4));
    else if (how === 2) octets.splice(at, 0, octet(random), octet(random));
    else if (how === 3) octets.splice(at, 0, ...octets.slice(at, at + random(40)));
    else octets[at] = octet(random);
  }
  return Uint8Array.from(octets);
}

/** A copy with one other octet, most times. */
export function overwrite(original: Uint8Array, random: Random): Uint8Array {
  const octets = Uint8Array.from(original);
  octets[random(octets.length)] = octet(random);
  return octets;
}

/** Lengths and flags are what breaks readers. */
const hard = [0, 1, 0x3f, 0x40, 0x7f, 0x80, 0x81, 0x84, 0xc0, 0xff];

function octet(random: Random): number {
  return random(3) === 0 ? (hard[random(hard.length)] ?? 0) : random(256);
}

export function pick<T>(list: readonly [T, ...T[]], random: Random): T {
  return list[random(list.length)] ?? list[0];
}
