import type { Authorities } from '../dane/authorities.ts';
import type { Fingerprints } from '../dane/fingerprint.ts';
import type { DaneDigest } from '../dane/tlsa.ts';
import type { StsWish } from '../sts/host-sts.ts';
import type { StickyWish } from '../sticky/sticky-memory.ts';
import type { TlsParameters } from './tls-parameters.ts';

/** What holds for every destination as far as the policy map says nothing else. */
export interface TlsSettings {
  /** For level `may`. */
  readonly opportunistic: TlsParameters;
  /** For all levels above it. */
  readonly mandatory: TlsParameters;
  /** SNI where there is no TLSA base domain: `hostname`, `nexthop` or a name; empty: none is sent. */
  readonly serverName: string;
  readonly fingerprints: Fingerprints;
  /** Digests in TLSA records that count, the strongest first (RFC 7671 §9). */
  readonly daneDigests: readonly DaneDigest[];
  /** Match words: `hostname`, `nexthop`, `dot-nexthop`, a name, or `.suffix`. */
  readonly verifyCertMatch: readonly string[];
  readonly secureCertMatch: readonly string[];
  /** Whom `verify` and `secure` trust. */
  readonly authorities: Authorities;
  /** What is made of MTA-STS policies at level `dane`, where nothing else is said. */
  readonly mtaSts: StsWish;
  /** Whom MTA-STS trusts. They are read when they are first needed. */
  readonly stsAuthorities: () => Authorities;
  /** What is made, at level `dane`, of a host that loses DANE, where nothing else is said. */
  readonly sticky: StickyWish;
  /** For how long it is remembered that a host was proved. */
  readonly stickyHorizonMs: number;
  /** Whether the log says "Trusted" of a host at `may` and `encrypt` that an authority vouches for. */
  readonly namesTrusted: boolean;
}
