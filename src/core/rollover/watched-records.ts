import { createHash } from 'node:crypto';
import type { Attempt } from '../delivery/attempt.ts';
import type { Answer } from '../dns/answer.ts';
import type { LookedUp, LookupTrail } from '../dns/lookup-trail.ts';
import type { TlsaRecord } from '../dns/record.ts';
import { isDane } from '../levels/levels.ts';

/** A set of TLSA records that no certificate of its host matched. */
export interface WatchedRecords {
  /** `_25._tcp.mx.example.org` */
  readonly name: string;
  /** Of all its records, in any order; empty once they were withdrawn. */
  readonly digest: string;
}

/** The destination whose mail waits because of such sets, and how far they were followed. Times are epoch ms. */
export interface RecordWatch {
  readonly records: readonly WatchedRecords[];
  /** Of the first of the failed attempts. */
  readonly since: number;
  /** When the DNS is asked next. */
  readonly nextAt: number;
  /** How often the records changed without that being the end of it. */
  readonly changes: number;
  /** When mail was last made due because they changed. */
  readonly changedAt?: number;
}

export interface WatchRules {
  /** Shortest time between two questions about the same records. */
  readonly shortestMs: number;
}

/**
 * A zone with the TTL of a week is asked about once an hour, because its records may be dropped from caches
 * earlier.
 */
export const longestMs = 3_600_000;
/** A destination may have many hosts. */
export const mostNames = 4;
/** The names of a watch are short, but what is stored of it is bounded whatever the zone says. */
const longestName = 280;

/**
 * The records that kept a mail from hosts of its destination, and when the answers about them end; empty if none
 * did.
 */
export function recordsThatFailed(
  attempts: readonly Attempt[],
): ReadonlyMap<string, { readonly digest: string; readonly endsAt: number }> {
  const found = new Map<string, { readonly digest: string; readonly endsAt: number }>();
  // The recipients of a delivery, thousands it may be, share what is known of it.
  for (const evidence of new Set(attempts.map((attempt) => attempt.evidence))) {
    if (evidence?.trail === undefined) continue;
    const held = evidence.hosts.filter(hasShown).map(({ refused }) => refused?.published.map(textOf) ?? []);
    if (held.length === 0) continue;
    for (const lookup of signedRecords(evidence.trail())) {
      if (found.size >= mostNames) return found;
      const all = new Set(lookup.records.map(textOf));
      // What was held against the certificate are the usable ones of a set.
      if (held.some((texts) => texts.length > 0 && texts.every((text) => all.has(text)))) {
        found.set(lookup.name, { digest: digestOf(lookup.records), endsAt: lookup.endsAt });
      }
    }
  }
  return found;
}

type Hosts = NonNullable<Attempt['evidence']>['hosts'];

function hasShown({ status, refused }: Hosts[number]): boolean {
  return refused !== undefined && status !== undefined && isMismatch(status);
}

/** No TLSA record matched. Records that the operator or a policy of MTA-STS demands are another matter. */
export function isMismatch({ tlsFault: fault }: Pick<Attempt['status'], 'tlsFault'>): boolean {
  return fault?.kind === 'certificate' && fault.level !== undefined && isDane(fault.level);
}

interface SignedRecords {
  readonly name: string;
  readonly records: readonly TlsaRecord[];
  readonly endsAt: number;
}

/** A set of which not all is kept cannot be compared. */
function signedRecords({ lookups }: LookupTrail): readonly SignedRecords[] {
  return lookups.flatMap((lookup: LookedUp) => {
    if (lookup.type !== 'TLSA' || lookup.recordsLeftOut !== undefined) return [];
    const { name, answer, at } = lookup;
    if (answer.kind !== 'found' || !answer.secure || name.length > longestName) return [];
    return [{ name, records: answer.records, endsAt: at + answer.ttl * 1000 }];
  });
}

/** Equal for the same records in another order. */
export function digestOf(records: readonly TlsaRecord[]): string {
  const texts = [...new Set(records.map(textOf))].toSorted();
  return createHash('sha256').update(texts.join('\n')).digest('base64url').slice(0, 22);
}

function textOf({ usage, selector, matching, data }: TlsaRecord): string {
  return `${usage} ${selector} ${matching} ${Buffer.from(data).toString('hex')}`;
}

/** What stands in the DNS instead of records of before. */
export type Seen = 'same' | 'changed' | 'withdrawn' | 'unknown';

/**
 * Only what DNSSEC vouches for is believed: an answer without a signature may come from whoever is in the middle
 * (RFC 7672 §2.1.1), and a lookup that failed says nothing (§2.1.2).
 */
export function compare(answer: Answer<TlsaRecord>, { digest }: WatchedRecords): Seen {
  if (answer.kind === 'failed' || !answer.secure) return 'unknown';
  if (answer.kind === 'absent') return digest === '' ? 'same' : 'withdrawn';
  return digestOf(answer.records) === digest ? 'same' : 'changed';
}

/** Whether these are the records that are watched, or some of them. */
export function isWatched(failed: ReturnType<typeof recordsThatFailed>, { records }: RecordWatch): boolean {
  return [...failed].every(([name, { digest }]) =>
    records.some((one) => one.name === name && one.digest === digest),
  );
}

/** The watch while mail is made due: if it remains so, any answer that DNSSEC vouches for is a change. */
export function inDoubt(watch: RecordWatch): RecordWatch {
  return { ...watch, records: watch.records.map((each) => ({ ...each, digest: '?' })) };
}

/** The watch after an attempt failed, beside what was known of it before. */
export function afterMismatch(
  failed: ReturnType<typeof recordsThatFailed>,
  before: RecordWatch | undefined,
  now: number,
  rules: WatchRules,
): RecordWatch {
  const changes = before?.changes ?? 0;
  const endsAt = Math.min(...[...failed.values()].map((each) => each.endsAt));
  return {
    records: [...failed].map(([name, { digest }]) => ({ name, digest })),
    since: before?.since ?? now,
    nextAt: askAt(endsAt, changes, now, rules),
    changes,
    ...(before?.changedAt !== undefined && { changedAt: before.changedAt }),
  };
}

/** The watch after its records were asked for. */
export function afterLook(
  watch: RecordWatch,
  answers: readonly Answer<TlsaRecord>[],
  now: number,
  rules: WatchRules,
): { readonly watch: RecordWatch; readonly seen: Seen } {
  const all = watch.records.map((each, place) => {
    const answer = answers[place];
    return answer === undefined ? 'unknown' : compare(answer, each);
  });
  const seen = (['changed', 'withdrawn', 'same'] as const).find((one) => all.includes(one)) ?? 'unknown';
  const isOther = seen === 'changed' || seen === 'withdrawn';
  const changes = watch.changes + (isOther ? 1 : 0);
  const ends = answers.flatMap((answer) =>
    answer.kind === 'failed' || !answer.secure ? [] : [now + answer.ttl * 1000],
  );
  const records = watch.records.map((each, place) => {
    const answer = answers[place];
    if (answer?.kind === 'found' && answer.secure) return { ...each, digest: digestOf(answer.records) };
    return answer !== undefined && compare(answer, each) === 'withdrawn' ? { ...each, digest: '' } : each;
  });
  // Where nothing could be relied on, the question is asked again as soon as the rules allow.
  const endsAt = ends.length === 0 ? now : Math.min(...ends);
  const next = { ...watch, records, changes, nextAt: askAt(endsAt, changes, now, rules) };
  return { watch: isOther ? { ...next, changedAt: now } : next, seen };
}

/**
 * When an answer has ended, and not sooner than the rules allow. A zone that changes its records again and again,
 * without one that is right, is asked ever more rarely.
 */
function askAt(endsAt: number, changes: number, now: number, { shortestMs }: WatchRules): number {
  const shortest = Math.min(longestMs, shortestMs * 2 ** Math.min(changes, 20));
  return now + Math.min(Math.max(endsAt + 1_000 - now, shortest), longestMs);
}

/** As it is stored. */
export function watchText(watch: RecordWatch): string {
  return JSON.stringify(watch);
}

/** Undefined for what cannot be read. */
export function readWatch(text: string): RecordWatch | undefined {
  let value: Partial<RecordWatch> | null;
  try {
    value = JSON.parse(text) as Partial<RecordWatch> | null;
  } catch {
    return undefined;
  }
  if (value === null) return undefined;
  const { records, since, nextAt, changes, changedAt } = value;
  if (!Array.isArray(records) || !isTime(since) || !isTime(nextAt) || !isTime(changes)) return undefined;
  if (changedAt !== undefined && !isTime(changedAt)) return undefined;
  const isWhole = records.every((one) => typeof one?.name === 'string' && typeof one.digest === 'string');
  return isWhole && records.length > 0 ? (value as RecordWatch) : undefined;
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
