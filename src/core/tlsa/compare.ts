import { isSameRecord, parametersText, recommended, type TlsaParameters } from '../dane/make-record.ts';
import { strongestDigests, usability } from '../dane/tlsa.ts';
import type { TlsaRecord } from '../dns/record.ts';
import { recordsFor, type RecordFor } from './record-for.ts';
import { fits, type Fit, type Shown } from './shown.ts';

/** What an address of the host shows, or the file that it is going to show. */
export interface ShownAt {
  /** `mx1.example.org[192.0.2.25]:25`, or the name of a file. */
  readonly from: string;
  readonly shown: Shown;
}

/** What a published record is worth. */
export type RecordState =
  /** It is what a sender finds. */
  | 'matches'
  /** It would match, but a stronger digest beside it counts alone (RFC 7671 §9). */
  | 'outranked'
  | 'does not match'
  /** Whoever shows it could not be judged by a key alone. */
  | 'unknown'
  /** Senders ignore it. */
  | 'unusable';

export interface ComparedRecord {
  readonly record: TlsaRecord;
  readonly state: RecordState;
  /** Of an unusable one: why. */
  readonly reason?: string;
  /** Where it matches. */
  readonly at: readonly string[];
}

export interface Comparison {
  readonly published: readonly ComparedRecord[];
  /** Published records beyond those that are compared one by one. */
  readonly leftOut: number;
  /** What to add so that all that is shown matches; without what is published already. */
  readonly missing: readonly RecordFor[];
  /** Why a record that would be needed cannot be made. */
  readonly problems: readonly string[];
  /** By what is shown, in its order. */
  readonly fits: readonly { readonly from: string; readonly fit: Fit }[];
}

/** A zone may have any number of them. */
const MOST_RECORDS = 64;

/**
 * Holds what is published against what is shown.
 *
 * @param wanted records that have to be there whatever else is; absent: what is published sets the kinds, or `3 1 1`
 * @param nowMs epoch milliseconds
 */
export function compareRecords(
  published: readonly TlsaRecord[],
  shown: readonly ShownAt[],
  host: string,
  nowMs: number,
  wanted?: readonly TlsaParameters[],
): Comparison {
  const usable = published.filter((record) => usability(record).usable);
  const counting = strongestDigests(usable);
  const judged = shown.map((each) => ({
    from: each.from,
    fit: usable.length === 0 ? ('does not match' as const) : fits(each.shown, usable, host, nowMs),
  }));
  const some = published.slice(0, MOST_RECORDS);
  const compared = some.map((record) => comparedRecord(record, counting, shown, host, nowMs));
  const short = shown.filter((_, index) => wanted !== undefined || judged[index]?.fit === 'does not match');
  const kinds = wanted ?? kindsOf(usable);
  const needed = short.map((each) => recordsFor(kinds, each.shown, nowMs));
  const made = needed.flatMap((each) => each.made);
  const missing = made.filter(
    ({ record }, index) =>
      !published.some((one) => isSameRecord(one, record)) &&
      made.findIndex((other) => isSameRecord(other.record, record)) === index,
  );
  return {
    published: compared,
    leftOut: published.length - some.length,
    missing,
    problems: [...new Set(needed.flatMap((each) => each.problems))],
    fits: judged,
  };
}

function comparedRecord(
  record: TlsaRecord,
  counting: readonly TlsaRecord[],
  shown: readonly ShownAt[],
  host: string,
  nowMs: number,
): ComparedRecord {
  const worth = usability(record);
  if (!worth.usable) return { record, state: 'unusable', reason: worth.reason, at: [] };
  const alone = shown.map((each) => ({ from: each.from, fit: fits(each.shown, [record], host, nowMs) }));
  const at = alone.filter(({ fit }) => fit === 'matches').map(({ from }) => from);
  if (at.length > 0) return { record, state: counting.includes(record) ? 'matches' : 'outranked', at };
  return { record, state: alone.some(({ fit }) => fit === 'unknown') ? 'unknown' : 'does not match', at };
}

/** The kinds that are published, each once; `3 1 1` if there are none. RFC 7671 §8.4: each of them needs a record that matches. */
export function kindsOf(records: readonly TlsaRecord[]): readonly TlsaParameters[] {
  const kinds = new Map(
    records.map(({ usage, selector, matching }) => {
      const parameters = { usage, selector, matching };
      return [parametersText(parameters), parameters] as const;
    }),
  );
  return kinds.size === 0 ? [recommended] : [...kinds.values()];
}
