import type { HealthSummary } from '../core/check/health-summary.ts';

/** What is asked whenever the metrics are read. */

export interface StoreFill {
  readonly usedBytes: number;
  readonly limitBytes: number;
  /** Replicas that follow the master. */
  readonly replicas?: number;
  /** Absent where Redis does not tell. */
  readonly aofBytes?: number;
  readonly writeFailed?: boolean;
  readonly rewriteFailed?: boolean;
  /** Absent if the relay does not manage the disk. */
  readonly freeDiskBytes?: number;
  /** Content of incomplete messages; absent if it cannot be counted. */
  readonly unfinished?: { readonly messages: number; readonly bytes: number };
  /** Messages that are on their way to another queue. */
  readonly awayMessages?: number;
}

/** A memory budget: its limit, and its use. */
export interface MemoryUse {
  readonly limitBytes: number;
  usedBytes(): number;
}

/** Sources that are asked whenever the metrics are read. */
export interface MetricsSources {
  /** Name of a part of the relay -> what is wrong with it now. */
  readonly problems: () => ReadonlyMap<string, string>;
  /** How many destinations are suspended; rejects while that is unknown. */
  readonly suspended: () => Promise<number>;
  /** How full the store is, in octets; undefined while that is unknown. */
  readonly fill: () => StoreFill | undefined;
  /** Whether Redis keeps mail now, and how often it was connected to again; undefined before there is a queue. */
  readonly redis: () => { readonly up: boolean; readonly reconnects: number } | undefined;
  /** Undefined where there is no resolver. */
  readonly resolver: () => ResolverFacts | undefined;
  readonly build: { readonly version: string; readonly node: string };
  /** Limit of deliveries under way, for each destination that is served now. */
  readonly windows: () => Iterable<number>;
  /** By purpose: `clients`, `deliveries`. */
  readonly memory: () => ReadonlyMap<string, MemoryUse>;
  /** Remote addresses that have all the connections they may have. */
  readonly fullAddresses: () => number;
  /** Lookups that wait for their turn. */
  readonly waitingLookups: () => number;
  /** Exceptions from the TLS policy that are in force. */
  readonly exceptions: () => readonly ExceptionEnd[];
  /** What checks of the destinations that are mailed have found; undefined where nobody checks them. */
  readonly health: () => Pick<HealthSummary, 'standings' | 'kinds'> | undefined;
  /** Certificates that listeners show now; `notAfter` in epoch milliseconds. */
  readonly certificates: () => readonly CertificateEnd[];
}

export interface ResolverFacts {
  readonly validating: boolean;
  readonly answering: boolean;
  /** When it was last known to validate, epoch milliseconds; absent if it never did. */
  readonly validatedAt?: number;
}

export interface ExceptionEnd {
  /** Epoch milliseconds. */
  readonly until: number;
}

export interface CertificateEnd {
  readonly listener: string;
  readonly file: string;
  readonly notAfter: number;
}
