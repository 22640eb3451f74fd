import { isSameRecord } from '../dane/make-record.ts';
import { usability } from '../dane/tlsa.ts';
import type { TlsaRecord } from '../dns/record.ts';
import { kindsOf } from './compare.ts';
import { recordsFor, type RecordFor } from './record-for.ts';
import { fits, type Shown } from './shown.ts';

/** What a change of key or certificate begins with. */
export interface RolloverFacts {
  readonly host: string;
  /** Signed records of the host, usable or not; empty if the zone denies them. */
  readonly published: readonly TlsaRecord[];
  readonly old: Shown;
  readonly next: Shown;
  /** Epoch milliseconds. */
  readonly nowMs: number;
}

/** How a server comes from what it shows now to what it shall show, so that at each moment a published record matches. */
export type Rollover =
  /** Nothing usable is published: nobody looks at the key. `add` is for afterwards. */
  | { readonly kind: 'unpublished'; readonly add: readonly RecordFor[] }
  /** Every record that the old one needs is true of the next as well. */
  | { readonly kind: 'nothing to change' }
  | {
      readonly kind: 'steps';
      /** To publish beside what is there. Empty: that was done. */
      readonly add: readonly RecordFor[];
      /** To remove once the server shows the next one. Records that match neither are not among them. */
      readonly remove: readonly TlsaRecord[];
    }
  /** What is published matches the next one already, and not the old one. */
  | { readonly kind: 'already over'; readonly remove: readonly TlsaRecord[] }
  /** What is published matches neither. */
  | { readonly kind: 'broken' }
  /** Nobody can say that it is safe. */
  | { readonly kind: 'unknown'; readonly problems: readonly string[] };

/**
 * Plans the change (RFC 7671 §8.1). Each state on the way is judged as a delivery would judge it, by all the records that
 * senders may have by then: what cannot be judged is `unknown`, and not a step.
 */
export function planRollover({ host, published, old, next, nowMs }: RolloverFacts): Rollover {
  const usable = published.filter(isUsable);
  const fit = (shown: Shown, records: readonly TlsaRecord[]) => fits(shown, records, host, nowMs);
  if (usable.length === 0) {
    const { made, problems } = recordsFor(kindsOf([]), next, nowMs);
    return problems.length > 0 ? { kind: 'unknown', problems } : { kind: 'unpublished', add: made };
  }
  const [oldFit, nextFit] = [fit(old, usable), fit(next, usable)];
  if (oldFit === 'unknown' || nextFit === 'unknown') return { kind: 'unknown', problems: [onlyKey] };
  if (oldFit === 'does not match')
    return nextFit === 'matches'
      ? { kind: 'already over', remove: stale(usable, next, fit) }
      : { kind: 'broken' };

  const kinds = kindsOf(usable.filter((record) => fit(old, [record]) === 'matches'));
  const { made, problems } = recordsFor(kinds, next, nowMs);
  if (problems.length > 0) return { kind: 'unknown', problems };
  const add = made.filter(({ record }) => !published.some((one) => isSameRecord(one, record)));
  const remove = usable.filter(
    (record) => fit(old, [record]) === 'matches' && fit(next, [record]) === 'does not match',
  );
  if (add.length === 0 && remove.length === 0) return { kind: 'nothing to change' };
  const both = [...usable, ...add.map(({ record }) => record)];
  const after = both.filter((record) => !remove.includes(record));
  const states = [fit(old, both), fit(next, both), fit(next, after)];
  return states.every((state) => state === 'matches')
    ? { kind: 'steps', add, remove }
    : { kind: 'unknown', problems: [notProved] };
}

const onlyKey =
  'some of the published records are of a certificate or an authority, and a key alone does not show whether they match: give the certificates';
const notProved =
  'with the records that would be published, a sender would not take the server at every step: look at the published records ("dane-relay tlsa --verify")';

function isUsable(record: TlsaRecord): boolean {
  return usability(record).usable;
}

function stale(
  usable: readonly TlsaRecord[],
  next: Shown,
  fit: (shown: Shown, records: readonly TlsaRecord[]) => string,
): readonly TlsaRecord[] {
  return usable.filter((record) => fit(next, [record]) === 'does not match');
}
