import { makeDice } from './dice.ts';

/**
 * How much of the long lists of cases a run plays: `npm test` a few cases of each, others each time; `npm run test:deep`
 * all of them; with `--slice 3/10` a tenth of each, always the same one.
 */
export interface Scope {
  /** Any whole number: the same one chooses the same cases. */
  readonly seed: number;
  readonly slice?: Slice;
}

/** One of `of` parts of a list; they are counted from 1. */
export interface Slice {
  readonly nth: number;
  readonly of: number;
}

export interface SampleOptions<T> {
  /** How many cases `npm test` plays, besides those that it always plays. */
  readonly count: number;
  readonly always?: (each: T) => boolean;
}

/** The cases of a list that this run plays, in their order; never none of a list that has some. */
export function sample<T>(name: string, cases: readonly T[], options: SampleOptions<T>): readonly T[] {
  return sampleIn(scopeOf(process.env), name, cases, options);
}

/** A whole number below 1e9 that follows from `TEST_SEED`: for tests that make their cases by chance. */
export function sampleSeed(name: string): number {
  const { seed } = scopeOf(process.env);
  return makeDice(seed ^ numberOf(name)).below(1_000_000_000);
}

/** Whether this run plays all cases, or a slice of all. */
export function isDeep(): boolean {
  return deepSlice() !== undefined;
}

/** The part of all cases that this run plays; undefined if it plays a sample. */
export function deepSlice(): Slice | undefined {
  return scopeOf(process.env).slice;
}

export function sampleIn<T>(
  { seed, slice }: Scope,
  name: string,
  cases: readonly T[],
  { count, always = () => false }: SampleOptions<T>,
): readonly T[] {
  const places = cases.map((_, place) => place);
  const chosen = slice === undefined ? chosenBy(seed) : placesOf(slice);
  return cases.filter((each, place) => chosen.has(place) || always(each));

  function chosenBy(number: number): ReadonlySet<number> {
    const open = places.filter((place) => !always(cases[place] as T));
    return new Set(makeDice(number ^ numberOf(name)).pickSome(open, count));
  }
  function placesOf({ nth, of }: Slice): ReadonlySet<number> {
    // In each list the parts begin elsewhere, so that short lists do not all fall into the first ones.
    const from = numberOf(name);
    const own = places.filter((place) => (place + from) % of === nth - 1);
    return new Set(own.length === 0 ? places.slice(0, 1) : own);
  }
}

/** Throws for a `TEST_SEED` that is no whole number, and a `TEST_DEEP` that is no slice. */
export function scopeOf(env: Readonly<Record<string, string | undefined>>): Scope {
  const { TEST_SEED: seed = '', TEST_DEEP: deep } = env;
  if (!/^\d{1,9}$/.test(seed))
    throw new Error(`TEST_SEED is '${seed}', wanted a whole number of at most nine digits`);
  if (deep === undefined || deep === '') return { seed: Number(seed) };
  const [nth = 0, of = 0] = (/^\d+\/\d+$/.exec(deep)?.[0] ?? '').split('/').map(Number);
  if (nth < 1 || nth > of) throw new Error(`TEST_DEEP is '${deep}', wanted a slice, such as 1/1 for all`);
  // What a part plays is always the same; only the whole is played with other chance each time.
  return { seed: of === 1 ? Number(seed) : nth, slice: { nth, of } };
}

/** FNV-1a */
function numberOf(name: string): number {
  let hash = 0x811c9dc5;
  for (const octet of Buffer.from(name)) hash = Math.imul(hash ^ octet, 0x01000193);
  return hash >>> 0;
}
