import type { Authorities } from '../dane/authorities.ts';
import type { Fingerprints } from '../dane/fingerprint.ts';
import type { ReferenceName } from '../dane/names.ts';
import type { DaneDigest } from '../dane/tlsa.ts';
import type { TlsaRecord } from '../dns/record.ts';
import type { TlsFault } from '../mail/status.ts';
import type { EffectiveLevel } from '../levels/levels.ts';
import type { Login } from '../sasl/login.ts';
import type { TlsParameters } from './tls-parameters.ts';

/** How one MX host must be spoken to, or why it must not be. */
export type HostPolicy = UsableHost | SkippedHost;

export interface UsableHost {
  readonly kind: 'use';
  readonly level: EffectiveLevel;
  /** The level before it was lowered, because no TLSA record can be used or TLS does not work; absent: it was not. */
  readonly initial?: EffectiveLevel;
  /**
   * Usable records only (RFC 7671 §9 order is applied when matching); empty unless the level is a DANE level, or
   * `verify` or `secure` with trust anchors of its own, which are written as records here.
   */
  readonly tlsa: readonly TlsaRecord[];
  /** Which digests count for more, the strongest first; absent: as ever, and where records have none. */
  readonly digests?: readonly DaneDigest[];
  /**
   * Names the certificate may show, the likeliest first: under DANE-TA (RFC 7672 §3.2.2) and at `verify` and `secure`.
   * Empty at the other levels.
   */
  readonly referenceNames: readonly ReferenceName[];
  /** At `fingerprint`. */
  readonly fingerprints?: Fingerprints;
  /** Whose word counts at `verify` and `secure` without trust anchors of their own; elsewhere whose word is shown in the log. */
  readonly authorities?: Authorities;
  readonly tls: TlsParameters;
  /** SNI: at a DANE level the TLSA base domain (RFC 7672 §8.1); absent where none is sent. */
  readonly serverName?: string;
  /** TLS from the first octet, before the greeting (RFC 8314 §3.3); the level is one that requires TLS then. */
  readonly wrapper?: boolean;
  /** Who we are to this host: no mail goes to it without. */
  readonly login?: Login;
  /** Whether a session may serve further messages; absent: as for all destinations. */
  readonly connectionReuse?: boolean;
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
  readonly fault: TlsFault['kind'];
  readonly warnings: readonly string[];
}
