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

/** What is the same in all queries of a kind: what comes before the name, and what comes behind it. */
interface Frame {
  readonly head: Buffer;
  readonly tail: Buffer;
}

const frames = new Map<string, Frame>();

/**
 * It asks for the AD bit in two ways, by AD (RFC 6840 §5.7) and by DO (RFC 4035 §3.2.1), because some resolvers heed only
 * one.
 */
function frameOf({ type, checkingDisabled = false }: Query): Frame {
  const kind = `${type} ${checkingDisabled}`;
  const known = frames.get(kind);
  if (known !== undefined) return known;
  const aboutRoot = encode({
    type: 'query',
    id: 0,
    flags: RECURSION_DESIRED | AUTHENTIC_DATA | (checkingDisabled ? CHECKING_DISABLED : 0),
    questions: [{ type, name: '.', class: 'IN' }],
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
  const frame = { head: aboutRoot.subarray(0, nameAt), tail: aboutRoot.subarray(nameAt + 1) };
  frames.set(kind, frame);
  return frame;
}

/** The query as bytes. */
export function encodeQuery(query: Query): Buffer {
  const { head, tail } = frameOf(query);
  // dns-packet writes labels as UTF-8 text, and not every label is UTF-8.
  const bytes = Buffer.concat([head, wireName(query.name), tail]);
  bytes.writeUInt16BE(query.id, 0);
  return bytes;
}
