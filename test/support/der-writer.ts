/** DER encoding for tests: also of what no library would write. */
export function der(tag: number, ...contents: readonly (Uint8Array | string)[]): Buffer {
  const content = Buffer.concat(contents.map((part) => Buffer.from(part)));
  return Buffer.concat([Buffer.from([tag]), lengthOctets(content.length), content]);
}

function lengthOctets(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const digits = length.toString(16);
  const octets = Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex');
  return Buffer.concat([Buffer.from([0x80 | octets.length]), octets]);
}

export function sequence(...members: readonly Uint8Array[]): Buffer {
  return der(0x30, ...members);
}

export function set(...members: readonly Uint8Array[]): Buffer {
  return der(0x31, ...members);
}

/** A small INTEGER that is not negative. */
export function integer(value: number): Buffer {
  const digits = value.toString(16);
  const octets = Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex');
  return der(0x02, (octets[0] ?? 0) >= 0x80 ? Buffer.from([0]) : '', octets);
}

export function boolean(value: boolean): Buffer {
  return der(0x01, Buffer.from([value ? 0xff : 0]));
}

/** OBJECT IDENTIFIER from its dotted text. */
export function objectIdentifier(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  return der(0x06, Buffer.from([first * 40 + second, ...rest].flatMap(base128)));
}

function base128(arc: number): number[] {
  const octets = [arc % 128];
  for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128))
    octets.unshift(0x80 | (left % 128));
  return octets;
}

/** BIT STRING of whole octets. */
export function bitString(octets: Uint8Array): Buffer {
  return der(0x03, Buffer.from([0]), octets);
}

/** BIT STRING with the bits of these numbers set. */
export function namedBits(bits: readonly number[]): Buffer {
  const word = bits.reduce((sum, bit) => sum | (0x8000 >> bit), 0);
  return der(0x03, Buffer.from([7, word >> 8, word & 0xff]));
}

/** UTCTime or GeneralizedTime as RFC 5280 §4.1.2.5 wants it. */
export function time(epochMs: number): Buffer {
  const digits = new Date(epochMs).toISOString().replace(/[-T:]/g, '').replace(/\.\d+/, '');
  const inUtcTime = digits >= '1950' && digits < '2050';
  return inUtcTime ? der(0x17, digits.slice(2)) : der(0x18, digits);
}
