import type { RecordOf, RecordType } from '../core/dns/record.ts';
import type { ExtendedErrors } from './extended-error.ts';

/** Numbers of the record types this room reads (IANA DNS parameters). */
export const typeNumbers = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  DNAME: 39,
  RRSIG: 46,
  DNSKEY: 48,
  TLSA: 52,
} as const satisfies Record<RecordType | 'DNAME' | 'DNSKEY' | 'RRSIG', number>;

/** Response codes with a name here; others are shown by number. */
export const rcodes = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;

/** A record of the answer section. For types that nobody asks for, only the owner is known. */
export interface ReplyRecord {
  readonly owner: string;
  readonly type: number;
  /** Seconds; RFC 2181 §8: one with the top bit set is read as 0. */
  readonly ttl: number;
  /** `undefined` if the RDATA is malformed or of a type that is not read. */
  readonly value: RecordOf[RecordType] | undefined;
  /** The octets of DNSKEY and RRSIG records, as they came. */
  readonly rdata?: Uint8Array;
}

/** The SOA record of the authority section: how long a denial may be kept (RFC 2308 §5). */
export interface DenialSoa {
  readonly owner: string;
  /** Seconds: the smaller of the record's TTL and its MINIMUM. */
  readonly ttl: number;
}

export interface ReplyQuestion {
  readonly name: string;
  readonly type: number;
  readonly dnsClass: number;
}

/** The first 12 octets and the question, which suffice to tell whether a message answers a query. */
export interface ReplyHead {
  readonly id: number;
  readonly isResponse: boolean;
  readonly opcode: number;
  /** TC: sections may be cut off anywhere, so they are not read. */
  readonly truncated: boolean;
  /** AD as sent; whether it counts depends on the server. */
  readonly authentic: boolean;
  /** The four bits of the header. */
  readonly rcode: number;
  /** `undefined` if the message has none or more than one. */
  readonly question: ReplyQuestion | undefined;
}

/** A reply with its question matched; names are in the form of `parseOwnerName`. */
export interface DnsReply extends ReplyHead {
  /** With the upper eight bits from EDNS (RFC 6891 §6.1.3). */
  readonly extendedRcode: number;
  readonly answers: readonly ReplyRecord[];
  /** What the authority section holds: an SOA record; name server records and no SOA; neither; no record at all. */
  readonly authority: 'SOA' | 'delegation' | 'other' | 'nothing';
  /** `undefined` also where the SOA record cannot be read. */
  readonly denialSoa: DenialSoa | undefined;
  readonly extendedErrors: ExtendedErrors;
}
