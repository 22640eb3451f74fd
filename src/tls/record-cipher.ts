import { createDecipheriv, createHmac } from 'node:crypto';
import { recordHeaderBytes, type TlsRecord } from './tls-records.ts';

const tagBytes = 16;
const nonceBytes = 12;

/** The suites of TLS 1.3 that are offered, by number (RFC 8446 §B.4). */
const suites = {
  0x1301: { algorithm: 'aes-128-gcm', keyBytes: 16, digest: 'sha256' },
  0x1302: { algorithm: 'aes-256-gcm', keyBytes: 32, digest: 'sha384' },
  0x1303: { algorithm: 'chacha20-poly1305', keyBytes: 32, digest: 'sha256' },
} as const;
type Suite = (typeof suites)[keyof typeof suites];

export function isOffered(suiteNumber: number): boolean {
  return Object.hasOwn(suites, suiteNumber);
}

/** Content of a record (RFC 8446 §5.2). */
export interface InnerRecord {
  readonly type: number;
  readonly fragment: Buffer;
}

/**
 * Takes the records of one side in order, from the first on. Undefined for a record that was not encrypted with this
 * secret.
 */
export type RecordCipher = (record: TlsRecord) => InnerRecord | undefined;

/**
 * Decrypts what is encrypted with a traffic secret of TLS 1.3 (RFC 8446 §7.3). Undefined if the relay does not offer
 * the suite.
 */
export function recordCipher(suiteNumber: number, secret: Buffer): RecordCipher | undefined {
  if (!isOffered(suiteNumber)) return undefined;
  const suite: Suite = suites[suiteNumber as keyof typeof suites];
  const key = expandLabel(secret, 'key', suite.keyBytes, suite.digest);
  const iv = expandLabel(secret, 'iv', nonceBytes, suite.digest);
  let sequence = 0;
  return ({ octets }) => {
    const plain = decrypted(octets, suite.algorithm, { key, iv, sequence });
    sequence += 1;
    if (plain === undefined) return undefined;
    // The type is the last octet that is not padding.
    let end = plain.length;
    while (end > 0 && plain[end - 1] === 0) end -= 1;
    return end === 0 ? undefined : { type: plain.readUInt8(end - 1), fragment: plain.subarray(0, end - 1) };
  };
}

/** RFC 8446 §5.3: the nonce is the IV, XORed at its end with the number of the record. */
function decrypted(
  octets: Buffer,
  algorithm: Suite['algorithm'],
  { key, iv, sequence }: { readonly key: Buffer; readonly iv: Buffer; readonly sequence: number },
): Buffer | undefined {
  const header = octets.subarray(0, recordHeaderBytes);
  const fragment = octets.subarray(recordHeaderBytes);
  if (fragment.length < tagBytes) return undefined;
  const nonce = Buffer.from(iv);
  const last = nonce.length - 4;
  nonce.writeUInt32BE((nonce.readUInt32BE(last) ^ sequence) >>> 0, last);
  try {
    // The two kinds of algorithms have different types, and take the same arguments.
    const decipher = createDecipheriv(algorithm as 'aes-128-gcm', key, nonce, { authTagLength: tagBytes });
    decipher.setAAD(header);
    decipher.setAuthTag(fragment.subarray(-tagBytes));
    const plain = decipher.update(fragment.subarray(0, -tagBytes));
    // Neither algorithm returns octets at its end; it only compares the tag.
    decipher.final();
    return plain;
  } catch {
    return undefined;
  }
}

/** RFC 8446 §7.1. Never more than one block of the digest is needed. */
function expandLabel(secret: Buffer, label: string, length: number, digest: Suite['digest']): Buffer {
  const full = Buffer.from(`tls13 ${label}`);
  const info = Buffer.concat([Buffer.of(length >> 8, length & 0xff, full.length), full, Buffer.of(0, 1)]);
  return createHmac(digest, secret).update(info).digest().subarray(0, length);
}
