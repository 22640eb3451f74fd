import type { TlsaRecord } from '../dns/record.ts';
import type { EffectiveLevel } from './levels.ts';

/** How one MX host must be spoken to, or why it must not be. */
export type HostPolicy = UsableHost | SkippedHost;

export interface UsableHost {
  readonly kind: 'use';
  readonly level: EffectiveLevel;
  /** Usable records only (RFC 7671 §9 order is applied when matching); empty unless the level is a DANE level. */
  readonly tlsa: readonly TlsaRecord[];
  /** Names a DANE-TA certificate may show (RFC 7672 §3.2.2), primary first; empty unless a DANE level. */
  readonly referenceNames: readonly string[];
  /** SNI: the TLSA base domain (RFC 7672 §8.1); absent where none is sent. */
  readonly serverName?: string;
  /** Lines for the operator about records that were ignored. */
  readonly warnings: readonly string[];
  /** Says the same for two policies only if a session made under one may serve the other. */
  readonly key: string;
}

export interface SkippedHost {
  readonly kind: 'skip';
  /** Postfix's words: `no TLSA records found`. */
  readonly reason: string;
  readonly dsn: string;
  readonly warnings: readonly string[];
}
