import type { RecordOf, RecordType } from './record.ts';

/**
 * The three possible results of a lookup. "There are none" and "could not ask" have different shapes on purpose: a
 * failed lookup must never be read as an absent record (RFC 7672 §2.1.2).
 */
export type Answer<T> = Found<T> | Absent | Failed;

interface Conclusive {
  /** The validating resolver set AD: the whole alias chain and the data or its denial are signed (RFC 4035 §3.2.3). */
  readonly secure: boolean;
  /** Owner of the final records: the name that was asked for, or the end of its CNAME and DNAME chain. */
  readonly name: string;
  /** Aliases on the way to `name`, in order, the name that was asked for first; empty if it is no alias. */
  readonly aliases: readonly string[];
  /** Seconds this answer may be kept. */
  readonly ttl: number;
}

export interface Found<T> extends Conclusive {
  readonly kind: 'found';
  /** At least one. */
  readonly records: readonly T[];
  /**
   * Seconds for which the zone lets anybody keep the records (RFC 4034 §3.1.4), of which `ttl` is what remains here; absent
   * without a signature.
   */
  readonly originalTtl?: number;
}

export interface Absent extends Conclusive {
  readonly kind: 'absent';
  /**
   * `empty`: NODATA without the SOA record of the zone that says so (RFC 2308 §2.2, type 3), as resolvers answer for
   * names that do not come from a zone. It proves nothing: it is never secure, and never returned for TLSA records.
   */
  readonly denial: 'NXDOMAIN' | 'NODATA' | 'empty';
}

export interface Failed {
  readonly kind: 'failed';
  readonly cause:
    | 'SERVFAIL'
    | 'REFUSED'
    | 'FORMERR'
    | 'NOTIMP'
    | 'timeout'
    | 'malformed'
    | 'unreachable'
    | 'loop';
  /** For the log: rcode, extended DNS error (RFC 8914), system error. One line. */
  readonly detail: string;
  /** INFO-CODEs of RFC 8914 that the resolver gave with it; absent if there are none. */
  readonly extended?: readonly number[];
}

/** Asks the validating resolver. Never throws because of the network or the resolver; rejects only when aborted. */
export type Lookup = <T extends RecordType>(
  name: string,
  type: T,
  signal?: AbortSignal,
) => Promise<Answer<RecordOf[T]>>;
