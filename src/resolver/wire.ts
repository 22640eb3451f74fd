import * as dnsPacket from 'dns-packet';
import { parseOwnerName } from '../core/dns/name.ts';
import { ipv6Text } from '../core/dns/ipv6-text.ts';
import type { RecordOf, RecordType, TlsaRecord } from '../core/dns/record.ts';
import { extendedErrors } from './extended-error.ts';
import { typeNumbers } from './reply.ts';
import type { DenialSoa, Reply, ReplyHead, ReplyQuestion, ReplyRecord } from './reply.ts';

/**
 * dns-packet's decoder of names, which its types leave out. With `mail`, a dot inside a label comes as `\.`, so that
 * it cannot pass for the boundary between two labels.
 */
const { name: names } = dnsPacket as unknown as {
  name: {
    decode: { (message: Buffer, offset: number, options: { mail: true }): string; readonly bytes: number };
  };
};

const classIn = 1;
const typeOpt = 41;
const flag = { QR: 0x8000, TC: 0x0200, AD: 0x0020 };

interface RawRecord {
  /** As decoded, not checked. */
  readonly owner: string;
  readonly type: number;
  readonly dnsClass: number;
  readonly ttlField: number;
  /** Where the RDATA begins and ends in the message. */
  readonly from: number;
  readonly to: number;
}

/**
 * Header and question of a message, or `undefined` if that much cannot be read. The records are left for
 * `decodeReply`: this is asked of every datagram that reaches the socket, and most forged ones end here.
 */
export function decodeHead(message: Buffer): ReplyHead | undefined {
  if (message.length < 12) return undefined;
  const flags = message.readUInt16BE(2);
  try {
    return {
      id: message.readUInt16BE(0),
      isResponse: (flags & flag.QR) !== 0,
      opcode: (flags >> 11) & 15,
      truncated: (flags & flag.TC) !== 0,
      authentic: (flags & flag.AD) !== 0,
      rcode: flags & 15,
      question: message.readUInt16BE(4) === 1 ? readQuestion(message).question : undefined,
    };
  } catch {
    return undefined;
  }
}

/**
 * A whole message whose head was found good. The string says why it is malformed; dns-packet throws for that, and
 * so does Node when a field lies outside the message.
 *
 * The records are walked here by their RDLENGTH, not by `dnsPacket.decode`: that one loses its place after a TLSA
 * record of less than three octets and fails as a whole over a DNSKEY or an EDNS option that nobody asked about.
 */
export function decodeReply(message: Buffer, head: ReplyHead): Reply | string {
  try {
    return head.truncated ? withoutRecords(head) : readRecords(message, head);
  } catch (error) {
    return error instanceof Error ? error.message : 'unreadable';
  }
}

function withoutRecords(head: ReplyHead): Reply {
  return {
    ...head,
    extendedRcode: head.rcode,
    answers: [],
    denialSoa: undefined,
    isReferral: false,
    extendedErrors: [],
  };
}

function readRecords(message: Buffer, head: ReplyHead): Reply {
  let at = message.readUInt16BE(4) === 0 ? 12 : readQuestion(message).end;
  const next = (): RawRecord => {
    const raw = readRecord(message, at);
    at = raw.to;
    return raw;
  };

  const answers: ReplyRecord[] = [];
  for (let left = message.readUInt16BE(6); left > 0; left--) answers.push(readAnswer(message, next()));

  let denialSoa: DenialSoa | undefined;
  let delegates = false;
  for (let left = message.readUInt16BE(8); left > 0; left--) {
    const raw = next();
    if (raw.type === typeNumbers.NS) delegates = true;
    if (raw.type === typeNumbers.SOA) denialSoa ??= readDenialSoa(message, raw);
  }

  let { rcode: extendedRcode } = head;
  let errors: string[] = [];
  for (let left = message.readUInt16BE(10); left > 0; left--) {
    const raw = next();
    if (raw.type !== typeOpt) continue;
    extendedRcode |= (raw.ttlField >>> 24) << 4;
    errors = extendedErrors(message.subarray(raw.from, raw.to));
  }

  const isReferral = delegates && denialSoa === undefined && answers.length === 0;
  return { ...head, extendedRcode, answers, denialSoa, isReferral, extendedErrors: errors };
}

function readQuestion(message: Buffer): { question: ReplyQuestion; end: number } {
  const name = parseOwnerName(names.decode(message, 12, { mail: true }));
  const at = 12 + names.decode.bytes;
  const question = {
    name,
    type: message.readUInt16BE(at),
    dnsClass: message.readUInt16BE(at + 2),
  };
  return { question, end: at + 4 };
}

function readRecord(message: Buffer, start: number): RawRecord {
  const owner = names.decode(message, start, { mail: true });
  const at = start + names.decode.bytes;
  const from = at + 10;
  const to = from + message.readUInt16BE(at + 8);
  if (to > message.length) throw new RangeError('record is longer than the message');
  return {
    owner,
    type: message.readUInt16BE(at),
    dnsClass: message.readUInt16BE(at + 2),
    ttlField: message.readUInt32BE(at + 4),
    from,
    to,
  };
}

/** A malformed owner or a foreign class spoils the reply; malformed RDATA spoils only the record. */
function readAnswer(message: Buffer, raw: RawRecord): ReplyRecord {
  const owner = parseOwnerName(raw.owner);
  if (owner === undefined) throw new Error('malformed owner name');
  if (raw.dnsClass !== classIn) throw new Error(`record of class ${raw.dnsClass}`);
  return { owner, type: raw.type, ttl: ttlSeconds(raw.ttlField), value: readRdata(message, raw) };
}

function readRdata(message: Buffer, raw: RawRecord): RecordOf[RecordType] | undefined {
  const { type, from, to } = raw;
  switch (type) {
    case typeNumbers.A:
      return to - from === 4 ? message.subarray(from, to).join('.') : undefined;
    case typeNumbers.AAAA:
      return to - from === 16 ? ipv6Text(message.subarray(from, to)) : undefined;
    case typeNumbers.TLSA:
      return readTlsa(message.subarray(from, to));
    case typeNumbers.MX: {
      const exchange = readName(message, from + 2, to);
      return exchange === undefined ? undefined : { preference: message.readUInt16BE(from), exchange };
    }
    case typeNumbers.NS:
    case typeNumbers.CNAME:
    case typeNumbers.DNAME:
    case typeNumbers.PTR:
      return readName(message, from, to);
    case typeNumbers.SOA:
      return readName(message, from, undefined);
    default:
      return undefined;
  }
}

/**
 * A TLSA record is handed on whatever its length, for a broken one must not look like none. The parameter that a
 * short one lacks reads as 255, which is for private use (RFC 6698 §7.2) and never usable for SMTP.
 */
function readTlsa(rdata: Buffer): TlsaRecord {
  const [usage = 255, selector = 255, matching = 255] = rdata;
  return { usage, selector, matching, data: new Uint8Array(rdata.subarray(3)) };
}

/** The name at `from`; it must end at `to`, where that is known. */
function readName(message: Buffer, from: number, to: number | undefined): string | undefined {
  try {
    const name = names.decode(message, from, { mail: true });
    const fits = to === undefined || from + names.decode.bytes === to;
    return fits ? parseOwnerName(name) : undefined;
  } catch {
    return undefined;
  }
}

/** RFC 2308 §5: the TTL of a denial is the smaller of the SOA's own TTL and its last field, MINIMUM. */
function readDenialSoa(message: Buffer, raw: RawRecord): DenialSoa | undefined {
  const owner = parseOwnerName(raw.owner);
  if (owner === undefined || raw.to - raw.from < 22) return undefined;
  const minimum = ttlSeconds(message.readUInt32BE(raw.to - 4));
  return { owner, ttl: Math.min(ttlSeconds(raw.ttlField), minimum) };
}

function ttlSeconds(field: number): number {
  return field > 0x7fff_ffff ? 0 : field;
}
