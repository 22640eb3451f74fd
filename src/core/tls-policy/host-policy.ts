import type { Authorities } from '../dane/authorities.ts';
import type { Fingerprints } from '../dane/fingerprint.ts';
import type { ReferenceName } from '../dane/names.ts';
import type { DaneDigest } from '../dane/tlsa.ts';
import type { TlsaRecord } from '../dns/record.ts';
import type { TlsFault } from '../mail/status.ts';
import type { EffectiveLevel } from '../levels/levels.ts';
import type { Login } from '../sasl/login.ts';
import type { HostSts, StsPolicyTrouble } from '../sts/sts-finding.ts';
import type { TlsParameters } from './tls-parameters.ts';
import type { TlsaFailed, TlsaFound } from './tlsa-lookup.ts';

/** How one MX host must be spoken to, or why it must not be. */
export type HostPolicy = UsableHost | SkippedHost;

export interface UsableHost {
  readonly kind: 'use';
  readonly level: EffectiveLevel;
  /**
   * The level before it was lowered, because no TLSA record is usable or TLS does not work; absent if it was not
   * lowered.
   */
  readonly initial?: EffectiveLevel;
  /**
   * Usable records only (RFC 7671 §9 order is applied when matching); empty unless the level is a DANE level, or
   * `verify` or `secure` with trust anchors of its own, which are written as records here.
   */
  readonly tlsa: readonly TlsaRecord[];
  /** The order of digests, strongest first; absent for the usual order, and where records have none. */
  readonly digests?: readonly DaneDigest[];
  /**
   * Names the certificate may show, the likeliest first: under DANE-TA (RFC 7672 §3.2.2) and at `verify` and `secure`.
   * Empty at the other levels.
   */
  readonly referenceNames: readonly ReferenceName[];
  /** At `fingerprint`. */
  readonly fingerprints?: Fingerprints;
  /**
   * The authorities that count at `verify` and `secure` without trust anchors of their own. At other levels they only
   * show in the log.
   */
  readonly authorities?: Authorities;
  /** The MTA-STS policy of the destination, at `sts`, and beside `half-dane`, `may` and `encrypt`. */
  readonly sts?: HostSts;
  /** What is wrong with that policy, or why there is none. */
  readonly stsTrouble?: StsPolicyTrouble;
  /** Whom MTA-STS trusts; there with `sts`. */
  readonly stsAuthorities?: Authorities;
  readonly tls: TlsParameters;
  /** SNI: at a DANE level the TLSA base domain (RFC 7672 §8.1); absent where none is sent. */
  readonly serverName?: string;
  /** TLS from the first octet, before the greeting (RFC 8314 §3.3); the level is one that requires TLS then. */
  readonly wrapper?: boolean;
  /** Our login at this host. Without it no mail goes there. */
  readonly login?: Login;
  /** Whether a session may serve further messages; absent: as in the settings. */
  readonly connectionReuse?: boolean;
  /** All records of the RRset that the level comes from, usable or not. Reports show them; no session is made by them. */
  readonly published?: PublishedTlsa;
  /**
   * The host that is found so is the one that the domain of the mail, or the operator, means; nobody else can take its
   * place. Absent: that is not sure.
   */
  readonly authenticates?: boolean;
  /** It asks less than the settings do, because the message wishes so (RFC 8689 §3); no other mail may go by it. */
  readonly lowered?: true;
  /** The level is that of the operator for this next hop, so TLSA records were not looked for. Only reports care. */
  readonly perDestination?: true;
  /** Name of the exception that the level comes from. */
  readonly exception?: string;
  /** A session keeps the certificates that its host showed, because another policy is tried out on them. */
  readonly keepsChain?: true;
  /** It asks less than the settings do, because the message is a report about TLS; no other mail may go by it. */
  readonly relaxed?: true;
  /** Lines for the operator about records that were ignored. */
  readonly warnings: readonly string[];
  /** Equal for two policies only if a session that was made under one may serve the other. */
  readonly key: string;
}

/** Records as they were found, and the name that they belong to. */
export type PublishedTlsa = Pick<TlsaFound, 'baseDomain' | 'records'>;

export interface SkippedHost {
  readonly kind: 'skip';
  /** Postfix's words: `no TLSA records found`. */
  readonly reason: string;
  readonly dsn: string;
  readonly fault: TlsFault['kind'];
  /** As for UsableHost, where none of them is usable. */
  readonly published?: PublishedTlsa;
  /** The lookup that failed. */
  readonly failed?: TlsaFailed;
  /** The MTA-STS policy that does not list the host. */
  readonly sts?: HostSts;
  readonly stsTrouble?: StsPolicyTrouble;
  readonly warnings: readonly string[];
}
