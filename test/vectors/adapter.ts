import type { DaneDigest } from '../../src/core/dane/tlsa.ts';
import type { EffectiveLevel, InsecureMxPolicy, SecurityLevel } from '../../src/core/levels/levels.ts';

/** What an implementation must offer to be held against the vectors. */
export interface Adapter {
  /** Where mail for a next hop goes and how each host must be spoken to, TLSA records included. */
  route(input: RouteInput): Promise<RouteOutcome>;
  /** What the certificates of one host prove. */
  judge(input: JudgeInput): JudgeOutcome | Promise<JudgeOutcome>;
}

export interface RouteInput {
  /** Domain of the recipient, or an address literal. */
  readonly nextHop: string;
  /** The level for all destinations. */
  readonly level: SecurityLevel;
  /** Text of a Postfix policy map; empty: none. */
  readonly policyMap: string;
  readonly insecureMxPolicy: InsecureMxPolicy;
  /** Digests in TLSA records that count, the strongest first. */
  readonly daneDigests: readonly DaneDigest[];
  readonly port: number;
  /** Address families in use. */
  readonly families: readonly (4 | 6)[];
  readonly prefer: 'any' | 'ipv4' | 'ipv6';
  /** Addresses tried in one attempt. */
  readonly addressLimit: number;
  /** Of the resolver: the AD bit counts from loopback only (RFC 7672 §2.1.1). */
  readonly resolverAddress: string;
  /** Asks the recursive resolver; the only way to learn anything. */
  readonly ask: (name: string, type: string) => Promise<DnsReply>;
}

/** What a recursive resolver sends back, or that it does not. */
export type DnsReply =
  | {
      readonly kind: 'message';
      readonly rcode: 'NOERROR' | 'NXDOMAIN' | 'SERVFAIL' | 'REFUSED' | 'FORMERR' | 'NOTIMP';
      /** Authentic Data. */
      readonly ad: boolean;
      /** Cut off, over TCP too. */
      readonly truncated: boolean;
      readonly answers: readonly DnsRecord[];
      /** Owner of the SOA record in the authority section: the zone that denies. */
      readonly soa?: string;
      /** The authority section has name servers, and no SOA record. */
      readonly referral?: true;
      /** INFO-CODEs of extended errors (RFC 8914). */
      readonly extendedErrors?: readonly number[];
    }
  | { readonly kind: 'nothing'; readonly why: 'timeout' | 'unreachable' | 'malformed' };

export interface DnsRecord {
  readonly owner: string;
  readonly type: string;
  /** As in a master file, names in lower case without the final dot; of a TLSA record the RDATA. */
  readonly data: string | Uint8Array;
}

export type RouteOutcome =
  /** In the order in which they are tried. */
  | { readonly kind: 'hosts'; readonly hosts: readonly HostOutcome[] }
  | {
      readonly kind: 'trouble';
      readonly outcome: 'deferred' | 'bounced';
      readonly dsn: string;
      readonly reason: string;
    }
  /** The resolver does not validate: nothing is tried and nothing is decided. */
  | { readonly kind: 'wait' };

export type HostOutcome = UsedHost | PassedHost;

export interface UsedHost {
  readonly connect: true;
  readonly host: string;
  readonly address: string;
  readonly level: EffectiveLevel;
  /** Mail may go without TLS if the host does not offer it. */
  readonly cleartext: boolean;
  /** SNI; absent: none is sent. */
  readonly serverName?: string;
  /** Primary first; empty unless a DANE level. */
  readonly referenceNames: readonly string[];
  /** RDATA of the usable TLSA records; empty unless a DANE level. */
  readonly tlsa: readonly Uint8Array[];
}

/** A host to which no connection may be opened. */
export interface PassedHost {
  readonly connect: false;
  readonly host: string;
  readonly address: string;
  readonly dsn: string;
  readonly reason: string;
}

export interface JudgeInput extends Pick<UsedHost, 'level' | 'referenceNames' | 'tlsa'> {
  readonly daneDigests: readonly DaneDigest[];
  /** DER as sent, the server's own certificate first. */
  readonly chain: readonly Uint8Array[];
  /** Epoch milliseconds. */
  readonly nowMs: number;
}

export interface JudgeOutcome {
  /** Of the log line `WORD TLS connection established to …`. */
  readonly word: string;
  /** Mail may be sent. */
  readonly ok: boolean;
  /** Why not. */
  readonly detail?: string;
  /** Position of the certificate at fault. */
  readonly depth?: number;
}
