import type { EffectiveLevel, SecurityLevel } from '../levels/levels.ts';
import type { TlsWord } from '../smtp/transaction.ts';
import type { DiagnosisKind } from '../diagnosis/diagnosis.ts';
import type { StickyLoss } from '../sticky/sticky-memory.ts';
import type { StsMode } from '../sts/sts-policy.ts';
import type { NoTlsa } from '../tls-policy/tlsa-lookup.ts';

/** What `check` has found out about a destination; `docs/schemas/check.json` describes it. All times are ISO 8601, UTC. */
export interface CheckReport {
  /** Of this form. It changes if a member is renamed or goes, not if one is added. */
  readonly schema: 1;
  /** As it was asked for. */
  readonly destination: string;
  readonly checkedAt: string;
  /** The certificates were judged as of then; absent: as of now. */
  readonly judgedAt?: string;
  readonly verdict: Verdict;
  readonly exitCode: 0 | 1 | 2 | 3;
  /** One sentence. */
  readonly summary: string;
  readonly resolver: ShownResolver;
  /** In the order in which they were asked. */
  readonly lookups: readonly ShownLookup[];
  /** Why there is no host to ask. */
  readonly trouble?: ShownTrouble;
  /** The likely cause of that. */
  readonly diagnosis?: ShownDiagnosis;
  /** The more preferred ones first. */
  readonly hosts: readonly ShownHost[];
  /** Its MTA-STS policy; absent if it publishes none. The verdict does not depend on it. */
  readonly sts?: ShownSts;
  /** What was proved of it not long ago, and looks unsigned now; absent where nothing is, or nobody has looked. */
  readonly lost?: readonly ShownLoss[];
  /** What would become of mail, at the level that the settings ask for and at that of `--level`. */
  readonly delivery: readonly ShownDelivery[];
  /** What is worth knowing and changes nothing of the verdict. */
  readonly notes: readonly string[];
  readonly seconds: number;
}

/**
 * `protected`: every address is authenticated by signed records. `fails`: at least one address does not show what they
 * say, or its TLS fails. `unknown`: something could not be looked up or asked. `unprotected`: somebody on the way can
 * pose as the host.
 */
export type Verdict = 'protected' | 'fails' | 'unknown' | 'unprotected';

export interface ShownResolver {
  readonly validates: boolean;
  /** `127.0.0.1:53`, or that it is a private one. */
  readonly name: string;
  /** The question whose signed answer showed it: `. NS`; absent if it was not asked one. */
  readonly probe?: string;
  /** What is wrong and what to do; empty if it validates. */
  readonly reason: string;
}

export interface ShownLookup {
  readonly name: string;
  readonly type: string;
  readonly secure: boolean;
  /** `NoError`, `NODATA`, `NXDomain`, `ServFail` … */
  readonly status: string;
  /** Seconds; absent if it failed. */
  readonly ttl?: number;
  /** As danecheck prints them. */
  readonly lines: readonly string[];
}

export interface ShownSts {
  readonly domain: string;
  /** Absent where no policy counts; `trouble` says why. */
  readonly mode?: StsMode;
  readonly id?: string;
  /** Seconds. */
  readonly maxAge?: number;
  /** Patterns of hosts. */
  readonly mx?: readonly string[];
  /** Hosts of the destination that none of them names. */
  readonly unlisted?: readonly string[];
  /** Addresses of those that are named, whose certificate would not do; absent where there are none. */
  readonly unproved?: readonly StsUnproved[];
  readonly trouble?: string;
}

/** An address whose certificate a sender that heeds the MTA-STS policy does not take (RFC 8461 §4.2). */
export interface StsUnproved {
  readonly host: string;
  readonly address: string;
  readonly port: number;
  readonly reason: string;
}

export interface ShownLoss {
  /** Absent where what was proved is the destination, not the host that the DNS names now. */
  readonly host?: string;
  readonly what: StickyLoss;
  readonly provedAt: string;
  /** One line. */
  readonly text: string;
}

export interface ShownTrouble {
  /** `deferred`: mail waits. `bounced`: it goes back. */
  readonly outcome: 'deferred' | 'bounced';
  readonly dsn: string;
  readonly reason: string;
}

export interface ShownHost {
  readonly name: string;
  /** Absent where no MX record names it. */
  readonly preference?: number;
  /** Empty if it has none, or none that mail may go to. */
  readonly addresses: readonly ShownAddress[];
  /** What of its addresses cannot be looked up. */
  readonly problem?: string;
}

export interface ShownAddress {
  readonly address: string;
  readonly port: number;
  readonly verdict: Verdict;
  /** A few words. */
  readonly reason: string;
  /** Absent if the host must not be spoken to. */
  readonly level?: EffectiveLevel;
  readonly tlsa: ShownTlsa;
  /** Sent as SNI. */
  readonly serverName?: string;
  /** Names that a certificate under usage 2 may show. */
  readonly referenceNames: readonly string[];
  readonly session?: ShownSession;
  /** What ended it. */
  readonly trouble?: ShownTrouble;
  readonly diagnosis?: ShownDiagnosis;
}

export interface ShownDiagnosis {
  readonly kind: DiagnosisKind;
  readonly cause: string;
  /** Records for what the host shows now, as they belong into the zone. */
  readonly publish: readonly string[];
  readonly advice: readonly string[];
}

export type ShownTlsa =
  | {
      readonly kind: 'records';
      readonly baseDomain: string;
      readonly owner: string;
      /** Seconds. */
      readonly ttl: number;
      readonly records: readonly ShownRecord[];
    }
  | { readonly kind: 'none'; readonly reason: NoTlsa['reason'] }
  | { readonly kind: 'failed'; readonly name: string; readonly detail: string }
  /** They were not looked up. */
  | { readonly kind: 'not asked' };

export interface ShownRecord {
  readonly usage: number;
  readonly selector: number;
  readonly matching: number;
  /** Hexadecimal. */
  readonly data: string;
  readonly usable: boolean;
  /** Why it is not usable. */
  readonly reason?: string;
  /** Whose certificate it holds, where the relay takes that for none. */
  readonly says?: string;
  /** A stronger digest beside it counts instead (RFC 7671 §9). */
  readonly suppressed: boolean;
  /** Positions in the chain, as it was sent, of the certificates that it matches. */
  readonly matches: readonly number[];
}

export interface ShownSession {
  /** The first reply of the server; absent if there was none. */
  readonly greeting?: string;
  /** What it offers in reply to EHLO, before and within TLS. */
  readonly ehlo: readonly string[];
  readonly ehloInTls: readonly string[];
  readonly startTls: 'offered' | 'not offered' | 'refused' | 'accepted' | 'not reached' | 'wrapper';
  readonly tls?: ShownTls;
  /** As sent. */
  readonly chain: readonly ShownCertificate[];
  /** As posttls-finger and the log have them. */
  readonly lines: readonly string[];
}

export interface ShownTls {
  readonly word: TlsWord;
  readonly protocol: string;
  readonly cipher: string;
  readonly bits: readonly [used: number, algorithm: number];
  readonly keyExchange?: string;
  readonly serverSignature?: string;
}

export interface ShownCertificate {
  readonly depth: number;
  /** `/CN=mx.example`; empty if it cannot be read at all. */
  readonly subject: string;
  readonly issuer: string;
  /** subjectAltName: `DNS:mx.example`, `IP:192.0.2.1`. */
  readonly names: readonly string[];
  /** Absent if it cannot be read. */
  readonly notBefore?: string;
  readonly notAfter?: string;
  /** Hexadecimal SHA-256, of the certificate and of its public key; the latter absent if there is none in it. */
  readonly sha256: string;
  readonly keySha256?: string;
  /** Why the relay takes it for none, though something can be read in it. */
  readonly refused?: string;
}

export interface ShownDelivery {
  /** As the settings or `--level` have it; `invalid` if the settings cannot be read. */
  readonly level: SecurityLevel | 'invalid';
  /** `tls.level`, a line of the policy map, or `--level`. */
  readonly origin: string;
  readonly outcome: 'delivered' | 'deferred' | 'bounced';
  readonly dsn: string;
  readonly reason: string;
  /** The host that would take it. */
  readonly relay?: string;
  /** What would have been proved about that host; absent in clear. */
  readonly word?: TlsWord;
  /** It would go in clear once it has waited for so many seconds. */
  readonly inClearAfter?: number;
}
