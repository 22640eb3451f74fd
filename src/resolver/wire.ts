import { ipv6Text } from '../core/dns/ipv6-text.ts';
import type { RecordOf, RecordType, TlsaRecord } from '../core/dns/record.ts';
import { extendedErrors, type ExtendedErrors } from './extended-error.ts';
import { typeNumbers } from './reply.ts';
import type { DenialSoa, DnsReply, ReplyHead, ReplyQuestion, ReplyRecord } from './reply.ts';
import { nameReader, type NameAt, type ReadName } from './wire-name.ts';

const classIn = 1;
const typeOpt = 41;
const flag = { QR: 0x8000, TC: 0x0200, AD: 0x0020 };

interface RawRecord {
  readonly owner: string;
  readonly type: number;
  readonly dnsClass: number;
  readonly ttlField: number;
  /** Offsets at which the RDATA begins and ends in the message. */
  readonly from: number;
  readonly to: number;
}

/**
 * Header and question of a message, or `undefined` if that much cannot be read. The records are left to `decodeReply`:
 * this runs for every datagram that reaches the socket, and most forged ones end here.
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
      question:
        message.readUInt16BE(4) === 1 ? readQuestion(message, nameReader(message)).question : undefined,
    };
  } catch {
    return undefined;
  }
}

/**
 * Decodes a whole message whose head is good. A string says why it is malformed, and Node throws if a field lies
 * outside the message. Of a record that nobody asked for, only the owner is read.
 */
export function decodeReply(
  message: Buffer,
  head: ReplyHead,
  readName: ReadName = nameReader(message),
): DnsReply | string {
  try {
    return head.truncated ? withoutRecords(head) : readRecords(message, head, readName);
  } catch (error) {
    return error instanceof Error ? error.message : 'unreadable';
  }
}

const noErrors: ExtendedErrors = { codes: new Set(), texts: [] };

function withoutRecords(head: ReplyHead): DnsReply {
  return {
    ...head,
    extendedRcode: head.rcode,
    answers: [],
    authority: 'nothing',
    denialSoa: undefined,
    extendedErrors: noErrors,
  };
}

function readRecords(message: Buffer, head: ReplyHead, readName: ReadName): DnsReply {
  let at = message.readUInt16BE(4) === 0 ? 12 : readQuestion(message, readName).end;
  const next = (): RawRecord => {
    const raw = readRecord(message, at, readName);
    at = raw.to;
    return raw;
  };

  const answers: ReplyRecord[] = [];
  for (let left = message.readUInt16BE(6); left > 0; left--)
    answers.push(readAnswer(message, next(), readName));

  const authorityTypes = new Set<number>();
  let denialSoa: DenialSoa | undefined;
  for (let left = message.readUInt16BE(8); left > 0; left--) {
    const raw = next();
    authorityTypes.add(raw.type);
    if (raw.type === typeNumbers.SOA) denialSoa ??= readDenialSoa(message, raw);
  }

  let { rcode: extendedRcode } = head;
  let errors = noErrors;
  for (let left = message.readUInt16BE(10); left > 0; left--) {
    const raw = next();
    if (raw.type !== typeOpt) continue;
    extendedRcode |= (raw.ttlField >>> 24) << 4;
    errors = extendedErrors(message.subarray(raw.from, raw.to));
  }

  const authority = authorityOf(authorityTypes);
  return { ...head, extendedRcode, answers, authority, denialSoa, extendedErrors: errors };
}

function authorityOf(types: ReadonlySet<number>): DnsReply['authority'] {
  if (types.size === 0) return 'nothing';
  if (types.has(typeNumbers.SOA)) return 'SOA';
  return types.has(typeNumbers.NS) ? 'delegation' : 'other';
}

function readQuestion(message: Buffer, readName: ReadName): { question: ReplyQuestion; end: number } {
  const { name, end: at } = nameOrThrow(readName, 12);
  const question = {
    name,
    type: message.readUInt16BE(at),
    dnsClass: message.readUInt16BE(at + 2),
  };
  return { question, end: at + 4 };
}

function readRecord(message: Buffer, start: number, readName: ReadName): RawRecord {
  const { name: owner, end: at } = nameOrThrow(readName, start);
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

/** A foreign class invalidates the reply; malformed RDATA invalidates only the record. */
function readAnswer(message: Buffer, raw: RawRecord, readName: ReadName): ReplyRecord {
  if (raw.dnsClass !== classIn) throw new Error(`record of class ${raw.dnsClass}`);
  const { owner, type, ttlField } = raw;
  const record = { owner, type, ttl: ttlSeconds(ttlField), value: readRdata(message, raw, readName) };
  const isOfDnssec = type === typeNumbers.DNSKEY || type === typeNumbers.RRSIG;
  return isOfDnssec ? { ...record, rdata: message.subarray(raw.from, raw.to) } : record;
}

function readRdata(message: Buffer, raw: RawRecord, readName: ReadName): RecordOf[RecordType] | undefined {
  const { type, from, to } = raw;
  switch (type) {
    case typeNumbers.A:
      return to - from === 4 ? message.subarray(from, to).join('.') : undefined;
    case typeNumbers.AAAA:
      return to - from === 16 ? ipv6Text(message.subarray(from, to)) : undefined;
    case typeNumbers.TLSA:
      return readTlsa(message.subarray(from, to));
    case typeNumbers.MX: {
      const exchange = nameIn(from + 2, to, readName);
      return exchange === undefined ? undefined : { preference: message.readUInt16BE(from), exchange };
    }
    case typeNumbers.TXT:
      return readText(message.subarray(from, to));
    case typeNumbers.NS:
    case typeNumbers.CNAME:
    case typeNumbers.DNAME:
    case typeNumbers.PTR:
      return nameIn(from, to, readName);
    case typeNumbers.SOA:
      return nameIn(from, undefined, readName);
    default:
      return undefined;
  }
}

/**
 * A TLSA record is returned whatever its length, because a broken record must not look like no record. A parameter that
 * is missing reads as 255, which is for private use (RFC 6698 §7.2) and never usable for SMTP.
 */
function readTlsa(rdata: Buffer): TlsaRecord {
  const [usage = 255, selector = 255, matching = 255] = rdata;
  return { usage, selector, matching, data: new Uint8Array(rdata.subarray(3)) };
}

/** RFC 1035 §3.3.14: one character-string or more. */
function readText(rdata: Buffer): string | undefined {
  const strings: string[] = [];
  for (let at = 0; at < rdata.length;) {
    const end = at + 1 + (rdata[at] ?? 0);
    if (end > rdata.length) return undefined;
    strings.push(rdata.toString('latin1', at + 1, end));
    at = end;
  }
  return strings.length === 0 ? undefined : strings.join('');
}

/** A malformed owner invalidates the reply. */
function nameOrThrow(readName: ReadName, at: number): NameAt {
  const name = readName(at);
  if (typeof name === 'string') throw new RangeError(name);
  return name;
}

/** The name at `from`; it must end at `to`, where that is known. */
function nameIn(from: number, to: number | undefined, readName: ReadName): string | undefined {
  const name = readName(from);
  return typeof name === 'string' || (to !== undefined && name.end !== to) ? undefined : name.name;
}

/** RFC 2308 §5: the TTL of a denial is the smaller of the SOA's own TTL and its last field, MINIMUM. */
function readDenialSoa(message: Buffer, { owner, from, to, ttlField }: RawRecord): DenialSoa | undefined {
  if (to - from < 22) return undefined;
  const minimum = ttlSeconds(message.readUInt32BE(to - 4));
  return { owner, ttl: Math.min(ttlSeconds(ttlField), minimum) };
}

function ttlSeconds(field: number): number {
  return field > 0x7fff_ffff ? 0 : field;
}
