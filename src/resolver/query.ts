import { AUTHENTIC_DATA, CHECKING_DISABLED, DNSSEC_OK, RECURSION_DESIRED, encode } from 'dns-packet';
import { wireName } from '../core/dns/name.ts';
import type { RecordType } from '../core/dns/record.ts';

/** One question to one server. */
export interface Query {
  /** 16 random bits (RFC 5452 §9.2). */
  readonly id: number;
  /** In the form of `parseOwnerName`. */
  readonly name: string;
  readonly type: RecordType | 'DNSKEY';
  /** RFC 4035 §3.2.2: the server also returns what it cannot validate, because the relay validates it. Default: no. */
  readonly checkingDisabled?: boolean;
}

/** RFC 9715 §3.1 and DNS flag day 2020: this size passes every path without fragments; larger replies come by TCP. */
const udpPayloadSizeBytes = 1232;

/** Offset of the question (RFC 1035 §4.1.1), where the root is a single octet. */
const nameAt = 12;

/**
 * The query as bytes. It asks for the AD bit in two ways, by AD (RFC 6840 §5.7) and by DO (RFC 4035 §3.2.1), because
 * some resolvers heed only one.
 */
export function encodeQuery(query: Query): Buffer {
  const aboutRoot = encode({
    type: 'query',
    id: query.id,
    flags: RECURSION_DESIRED | AUTHENTIC_DATA | (query.checkingDisabled === true ? CHECKING_DISABLED : 0),
    questions: [{ type: query.type, name: '.', class: 'IN' }],
    additionals: [
      {
        type: 'OPT',
        name: '.',
        udpPayloadSize: udpPayloadSizeBytes,
        extendedRcode: 0,
        ednsVersion: 0,
        flags: DNSSEC_OK,
        flag_do: true,
        options: [],
      },
    ],
  });
  // dns-packet writes labels as UTF-8 text, and not every label is UTF-8.
  const afterName = nameAt + 1;
  return Buffer.concat([aboutRoot.subarray(0, nameAt), wireName(query.name), aboutRoot.subarray(afterName)]);
}
