/**
 * One value of a DER encoding (ITU-T X.690 §8.1). A view of the octets is made on demand, because there may be many
 * values.
 */
export class DerValue {
  /** Identifier octet: class, constructed bit and tag number. */
  readonly tag: number;
  readonly #bytes: Uint8Array;
  readonly #at: number;
  readonly #start: number;
  readonly #end: number;

  constructor(tag: number, bytes: Uint8Array, at: number, start: number, end: number) {
    this.tag = tag;
    this.#bytes = bytes;
    this.#at = at;
    this.#start = start;
    this.#end = end;
  }

  get content(): Uint8Array {
    return this.#bytes.subarray(this.#start, this.#end);
  }

  /** Identifier, length and content octets. */
  get encoding(): Uint8Array {
    return this.#bytes.subarray(this.#at, this.#end);
  }

  /** Offset in the encoding. */
  get size(): number {
    return this.#end - this.#at;
  }

  /** The content as ISO 8859-1. */
  latin1(): string {
    const { buffer, byteOffset } = this.#bytes;
    return this.#start === this.#end
      ? ''
      : Buffer.from(buffer, byteOffset + this.#start, this.#end - this.#start).toString('latin1');
  }
}

export const derTags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Identifier octet of a constructed context-specific value: `[number]`. */
export function contextTag(number: number): number {
  return 0xa0 | number;
}

/** `bytes` as exactly one value with this tag; undefined for anything else, trailing octets included. */
export function readValue(bytes: Uint8Array, tag: number): DerValue | undefined {
  const value = valueAt(bytes, 0);
  return value?.tag === tag && value.size === bytes.length ? value : undefined;
}

/** `bytes` as values back to back; undefined where they do not end with the last octet, or are more than `most`. */
export function readValues(bytes: Uint8Array, most = Infinity): DerValue[] | undefined {
  const values: DerValue[] = [];
  for (let at = 0; at < bytes.length;) {
    const value = valueAt(bytes, at);
    if (value === undefined || values.length === most) return undefined;
    values.push(value);
    at += value.size;
  }
  return values;
}

/** The members of `value`, if it has this tag, and no more than `most` of them. */
export function membersOf(
  value: DerValue | undefined,
  tag: number = derTags.sequence,
  most = Infinity,
): DerValue[] | undefined {
  return value?.tag === tag ? readValues(value.content, most) : undefined;
}

/** The members of a SEQUENCE with a bounded number of them, so that thousands of extra members are not read. */
export function fewMembersOf(value: DerValue | undefined, most: number): DerValue[] | undefined {
  return membersOf(value, derTags.sequence, most);
}

/** X.690 §10.1: lengths are definite and as short as can be. Certificates have no tag numbers above 30. */
function valueAt(bytes: Uint8Array, at: number): DerValue | undefined {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) return undefined;
  const long = first >= 0x80;
  const start = at + 2 + (long ? first & 0x7f : 0);
  const length = long ? longLength(bytes.subarray(at + 2, start), first & 0x7f) : first;
  if (length === undefined || start + length > bytes.length) return undefined;
  return new DerValue(tag, bytes, at, start, start + length);
}

function longLength(octets: Uint8Array, count: number): number | undefined {
  if (count === 0 || count > 4 || octets.length !== count || octets[0] === 0) return undefined;
  const length = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  return length < 0x80 ? undefined : length;
}

/** Dotted text of an OBJECT IDENTIFIER, `2.5.29.17`. */
export function readObjectIdentifier(value: DerValue | undefined): string | undefined {
  if (value?.tag !== derTags.objectIdentifier || value.content.length === 0) return undefined;
  const arcs: number[] = [];
  let arc = 0;
  for (const octet of value.content) {
    if (arc === 0 && octet === 0x80) return undefined;
    arc = arc * 128 + (octet & 0x7f);
    if (!Number.isSafeInteger(arc)) return undefined;
    if (octet >= 0x80) continue;
    arcs.push(arc);
    arc = 0;
  }
  const [first, ...rest] = arcs;
  const complete = (value.content.at(-1) ?? 0x80) < 0x80;
  if (first === undefined || !complete) return undefined;
  const root = Math.min(Math.floor(first / 40), 2);
  return [root, first - root * 40, ...rest].join('.');
}

/** BOOLEAN; like OpenSSL, any octet but 0 is TRUE. */
export function readBoolean(value: DerValue): boolean | undefined {
  if (value.tag !== derTags.boolean || value.content.length !== 1) return undefined;
  return value.content[0] !== 0;
}

/** INTEGER that is not negative; one too large for exact arithmetic reads as the largest safe integer. */
export function readUnsigned(value: DerValue): number | undefined {
  const [first] = value.content;
  if (value.tag !== derTags.integer || first === undefined || first >= 0x80) return undefined;
  const number = value.content.reduce((sum, octet) => sum * 256 + octet, 0);
  return Math.min(number, Number.MAX_SAFE_INTEGER);
}

/** How many bits the octets of an INTEGER that is not negative need. */
export function bitLength(integer: Uint8Array): number {
  const start = integer.findIndex((octet) => octet !== 0);
  if (start === -1) return 0;
  return (integer.length - start) * 8 - Math.clz32(integer[start] ?? 0) + 24;
}

/** The numbers of the bits set among the first sixteen of a BIT STRING; the first is 0 (X.680 §22). */
export function readBits(value: DerValue): number[] | undefined {
  const [unused] = value.content;
  if (value.tag !== derTags.bitString || unused === undefined || unused > 7) return undefined;
  if (value.content.length === 1 && unused > 0) return undefined;
  const octets = Array.from(value.content.subarray(1));
  // X.690 §11.2.2: unused bits are 0. If they are not, they still mean nothing, as in OpenSSL.
  const last = octets.pop();
  if (last !== undefined) octets.push(last & (0xff << unused));
  const [high = 0, low = 0] = octets;
  const word = high * 256 + low;
  return Array.from({ length: 16 }, (_, bit) => bit).filter((bit) => (word & (0x8000 >> bit)) !== 0);
}

/** RFC 5280 §4.1.2.5: UTCTime or GeneralizedTime, in seconds and in UTC; epoch milliseconds. */
export function readTime(value: DerValue | undefined): number | undefined {
  if (value?.tag !== derTags.utcTime && value?.tag !== derTags.generalizedTime) return undefined;
  const text = value.latin1();
  const digits = value.tag === derTags.utcTime ? `${centuryOf(text)}${text}` : text;
  if (!/^\d{14}Z$/.test(digits)) return undefined;
  const iso = digits.replace(/^(....)(..)(..)(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6.000Z');
  const time = Date.parse(iso);
  // Date.parse turns 30 February into 2 March.
  return !Number.isNaN(time) && new Date(time).toISOString() === iso ? time : undefined;
}

/** RFC 5280 §4.1.2.5.1: years 00 to 49 are of this century. */
function centuryOf(utcTime: string): string {
  return utcTime < '50' ? '20' : '19';
}
