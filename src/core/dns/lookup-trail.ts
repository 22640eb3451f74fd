import type { Answer, Lookup } from './answer.ts';
import type { RecordOf, RecordType } from './record.ts';

/** One question, and what came of it. */
export type LookedUp = {
  readonly [T in RecordType]: {
    /** In the form of `parseOwnerName`. */
    readonly name: string;
    readonly type: T;
    /** When the answer came; epoch milliseconds. */
    readonly at: number;
    readonly answer: Answer<RecordOf[T]>;
    /** Records of the answer that are not kept; absent if there are none. */
    readonly recordsLeftOut?: number;
  };
}[RecordType];

export interface LookupTrail {
  /**
   * Each question once, in the order in which they were first asked, with the answer that came last. One that is
   * still under way, or was given up, is not among them.
   */
  readonly lookups: readonly LookedUp[];
  /** Questions beyond the limit, of which nothing is kept. */
  readonly leftOut: number;
}

/** What is kept of each trail. A zone decides how many records and hosts there are, and so how much there would be. */
export interface TrailLimits {
  readonly lookups: number;
  /** Of each answer. */
  readonly records: number;
}

export const usualTrail: TrailLimits = { lookups: 64, records: 24 };

export interface RecordedLookups {
  /** The same lookups; their answers are as they would be without. */
  readonly lookup: Lookup;
  /** What was asked so far. */
  trail(): LookupTrail;
}

/** Keeps what is asked and answered, so that somebody can be shown why a route is what it is. @param now epoch ms */
export function recordLookups(
  lookup: Lookup,
  now: () => number,
  limits: TrailLimits = usualTrail,
): RecordedLookups {
  const kept = new Map<string, LookedUp | undefined>();
  let leftOut = 0;
  return {
    async lookup(name, type, signal) {
      const question = `${type} ${name}`;
      // TLSA records are asked for again when they have expired, as long as the route lives: what counts is the newest.
      const isKept = kept.has(question) || kept.size < limits.lookups;
      if (!isKept) leftOut += 1;
      else if (!kept.has(question)) kept.set(question, undefined);
      const answer = await lookup(name, type, signal);
      if (isKept) kept.set(question, lookedUp(name, type, now(), answer, limits.records));
      return answer;
    },
    trail: () => ({ lookups: [...kept.values()].filter((each) => each !== undefined), leftOut }),
  };
}

function lookedUp<T extends RecordType>(
  name: string,
  type: T,
  at: number,
  answer: Answer<RecordOf[T]>,
  most: number,
): LookedUp {
  const isCut = answer.kind === 'found' && answer.records.length > most;
  const cut = isCut ? { ...answer, records: answer.records.slice(0, most) } : answer;
  const recordsLeftOut = isCut ? answer.records.length - most : undefined;
  // The compiler does not see that the type of the question is the type of its records.
  return { name, type, at, answer: cut, ...(isCut && { recordsLeftOut }) } as unknown as LookedUp;
}

/** The same lookups, and what of their answers so far was signed. */
export function watchSigned(lookup: Lookup): {
  readonly lookup: Lookup;
  /** Those that failed say nothing. */
  readonly allSigned: () => boolean;
  /**
   * `signed`: some answer about this name was; `unsigned`: there were others; `failed`: there was none. Undefined:
   * nobody has asked.
   */
  readonly wordOf: (name: string) => 'signed' | 'unsigned' | 'failed' | undefined;
} {
  const names = { signed: new Set<string>(), unsigned: new Set<string>(), failed: new Set<string>() };
  const words = ['signed', 'unsigned', 'failed'] as const;
  return {
    async lookup(name, type, signal) {
      const answer = await lookup(name, type, signal);
      const word = answer.kind === 'failed' ? 'failed' : answer.secure ? 'signed' : 'unsigned';
      names[word].add(name);
      return answer;
    },
    allSigned: () => names.unsigned.size === 0,
    wordOf: (name) => words.find((word) => names[word].has(name)),
  };
}
