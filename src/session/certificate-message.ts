import { createDecipheriv, createHmac } from 'node:crypto';
import { mostRecords } from './record-quota.ts';

/** What a client has heard of a TLS handshake, and what it takes to read it. */
export interface HeardHandshake {
  /** `TLSv1.3` */
  readonly protocol: string;
  /** OpenSSL name of the cipher suite. */
  readonly cipher: string;
  /** All octets that came from the server, from its first record on. */
  readonly octets: Buffer;
  /** SERVER_HANDSHAKE_TRAFFIC_SECRET (RFC 8446 §7.1); with TLS 1.3 only. */
  readonly serverSecret: Buffer | undefined;
}

/** OpenSSL ends a handshake with more than 100 KiB of certificates, so this is all of any that comes about. */
export const longestFlightBytes = 256 * 1024;

const contentTypes = { changeCipherSpec: 20, handshake: 22, applicationData: 23 } as const;
const messageTypes = { certificate: 11, serverHelloDone: 14, finished: 20 } as const;
const recordHeaderBytes = 5;
const messageHeaderBytes = 4;
const tagBytes = 16;
const nonceBytes = 12;

/** The suites of TLS 1.3 that are offered (RFC 8446 §B.4). */
const suites = {
  TLS_AES_128_GCM_SHA256: { algorithm: 'aes-128-gcm', keyBytes: 16, digest: 'sha256' },
  TLS_AES_256_GCM_SHA384: { algorithm: 'aes-256-gcm', keyBytes: 32, digest: 'sha384' },
  TLS_CHACHA20_POLY1305_SHA256: { algorithm: 'chacha20-poly1305', keyBytes: 32, digest: 'sha256' },
} as const;
type Suite = (typeof suites)[keyof typeof suites];

interface RecordOfTls {
  readonly type: number;
  readonly header: Buffer;
  readonly fragment: Buffer;
}

/**
 * The certificates of a server, DER, as it sent them and in the order it sent them; empty if it sent none. Undefined if
 * they cannot be read. Bounded and linear in what was heard, and never throws, whatever that is.
 *
 * Nothing that is read here is believed because it is read here: whoever judges the chain goes by its signatures.
 */
export function certificatesIn(heard: HeardHandshake): readonly Buffer[] | undefined {
  const isTls13 = heard.protocol === 'TLSv1.3';
  const messages = isTls13 ? decryptedMessages(heard) : plainMessages(heard.octets);
  const body = certificateMessageIn(messages);
  return typeof body === 'object' ? certificateList(body, isTls13) : body === 'none' ? [] : undefined;
}

/** RFC 5246 §6.2.1: until ChangeCipherSpec all is in clear. */
function plainMessages(octets: Buffer): Buffer {
  const fragments: Buffer[] = [];
  for (const { type, fragment } of recordsIn(octets)) {
    if (type === contentTypes.changeCipherSpec) break;
    if (type === contentTypes.handshake) fragments.push(fragment);
  }
  return Buffer.concat(fragments);
}

/** RFC 8446 §5.2: what the server encrypts with the key of its handshake; what it encrypts with others ends it. */
function decryptedMessages({ cipher, octets, serverSecret }: HeardHandshake): Buffer {
  const suite: Suite | undefined = Object.hasOwn(suites, cipher)
    ? suites[cipher as keyof typeof suites]
    : undefined;
  if (suite === undefined || serverSecret === undefined) return Buffer.alloc(0);
  const key = expandLabel(serverSecret, 'key', suite.keyBytes, suite.digest);
  const iv = expandLabel(serverSecret, 'iv', nonceBytes, suite.digest);
  const fragments: Buffer[] = [];
  let sequence = 0;
  for (const record of recordsIn(octets)) {
    if (record.type !== contentTypes.applicationData) continue;
    const inner = decrypted(record, suite, key, iv, sequence);
    if (inner === undefined) break;
    sequence += 1;
    // The type is the last octet that is not padding.
    let end = inner.length;
    while (end > 0 && inner[end - 1] === 0) end -= 1;
    if (inner[end - 1] === contentTypes.handshake) fragments.push(inner.subarray(0, end - 1));
  }
  return Buffer.concat(fragments);
}

function* recordsIn(octets: Buffer): Generator<RecordOfTls, void, void> {
  let at = 0;
  for (let count = 0; count < mostRecords && at + recordHeaderBytes <= octets.length; count += 1) {
    const header = octets.subarray(at, at + recordHeaderBytes);
    const end = at + recordHeaderBytes + header.readUInt16BE(3);
    if (end > octets.length) return;
    yield { type: header.readUInt8(0), header, fragment: octets.subarray(at + recordHeaderBytes, end) };
    at = end;
  }
}

/** RFC 8446 §5.3: the nonce is the IV with the number of the record in its end. */
function decrypted(
  { header, fragment }: RecordOfTls,
  { algorithm }: Suite,
  key: Buffer,
  iv: Buffer,
  sequence: number,
): Buffer | undefined {
  if (fragment.length < tagBytes) return undefined;
  const nonce = Buffer.from(iv);
  const last = nonce.length - 4;
  nonce.writeUInt32BE((nonce.readUInt32BE(last) ^ sequence) >>> 0, last);
  try {
    // The two kinds of algorithms have a type each, and take the same.
    const decipher = createDecipheriv(algorithm as 'aes-128-gcm', key, nonce, { authTagLength: tagBytes });
    decipher.setAAD(header);
    decipher.setAuthTag(fragment.subarray(-tagBytes));
    return Buffer.concat([decipher.update(fragment.subarray(0, -tagBytes)), decipher.final()]);
  } catch {
    return undefined;
  }
}

/** RFC 8446 §7.1; no more than one block of the digest is ever asked for. */
function expandLabel(secret: Buffer, label: string, length: number, digest: Suite['digest']): Buffer {
  const full = Buffer.from(`tls13 ${label}`);
  const info = Buffer.concat([Buffer.of(length >> 8, length & 0xff, full.length), full, Buffer.of(0, 1)]);
  return createHmac(digest, secret).update(info).digest().subarray(0, length);
}

/** The body of the Certificate message; `none` if the server is through without one. */
function certificateMessageIn(messages: Buffer): Buffer | 'none' | undefined {
  let at = 0;
  while (at + messageHeaderBytes <= messages.length) {
    const type = messages[at];
    const start = at + messageHeaderBytes;
    const end = start + messages.readUIntBE(at + 1, 3);
    if (end > messages.length) return undefined;
    if (type === messageTypes.certificate) return messages.subarray(start, end);
    if (type === messageTypes.serverHelloDone || type === messageTypes.finished) return 'none';
    at = end;
  }
  return undefined;
}

/** RFC 5246 §7.4.2; RFC 8446 §4.4.2 has a context before the list, and extensions behind each certificate. */
function certificateList(body: Buffer, isTls13: boolean): readonly Buffer[] | undefined {
  const certificates: Buffer[] = [];
  let at = isTls13 ? 1 + (body[0] ?? 0) : 0;
  if (at + 3 > body.length || at + 3 + body.readUIntBE(at, 3) !== body.length) return undefined;
  for (at += 3; at < body.length;) {
    if (at + 3 > body.length) return undefined;
    const start = at + 3;
    const end = start + body.readUIntBE(at, 3);
    if (end > body.length) return undefined;
    certificates.push(body.subarray(start, end));
    at = end;
    if (!isTls13) continue;
    if (at + 2 > body.length) return undefined;
    at += 2 + body.readUInt16BE(at);
    if (at > body.length) return undefined;
  }
  return certificates;
}
