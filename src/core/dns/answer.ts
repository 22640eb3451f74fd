import type { RecordOf, RecordType } from './record.ts';

/**
 * The three things a lookup can come to. "There are none" and "could not ask" are different shapes on purpose:
 * a failed lookup must never be read as an absent record (RFC 7672 §2.1.2).
 */
export type Answer<T> = Found<T> | Absent | Failed;

interface Conclusive {
  /** The validating resolver set AD: the whole alias chain and the data or its denial are signed (RFC 4035 §3.2.3). */
  readonly secure: boolean;
  /** Owner of the final records: the name asked for, or where its CNAME and DNAME chain ended. */
  readonly name: string;
  /** Names left behind on the way to `name`, in order, the name asked for first; empty when it is no alias. */
  readonly aliases: readonly string[];
  /** Seconds this answer may be kept. */
  readonly ttl: number;
}

export interface Found<T> extends Conclusive {
  readonly kind: 'found';
  /** At least one. */
  readonly records: readonly T[];
}

export interface Absent extends Conclusive {
  readonly kind: 'absent';
  /**
   * `empty`: NODATA without the SOA record of the zone that says so (RFC 2308 §2.2, type 3), as resolvers give it of names
   * that they have from somewhere else than a zone. Nobody vouches for it: never secure, and never said of TLSA records.
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
}

/** Asks the validating resolver. Never throws for what the network or the resolver does; rejects only when aborted. */
export type Lookup = <T extends RecordType>(
  name: string,
  type: T,
  signal?: AbortSignal,
) => Promise<Answer<RecordOf[T]>>;
