import { createCipheriv, createHmac } from 'node:crypto';

/** HKDF-Expand-Label (RFC 8446 §7.1) with SHA-256, for no more than one block. */
function expand(secret: Buffer, label: string, length: number): Buffer {
  const full = Buffer.from(`tls13 ${label}`);
  const info = Buffer.concat([Buffer.of(length >> 8, length & 0xff, full.length), full, Buffer.of(0, 1)]);
  return createHmac('sha256', secret).update(info).digest().subarray(0, length);
}

function record(secret: Buffer, sequence: number, type: number, content: Buffer): Buffer {
  const nonce = expand(secret, 'iv', 12);
  nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ sequence) >>> 0, 8);
  const length = content.length + 1 + 16;
  const header = Buffer.of(23, 3, 3, length >> 8, length & 0xff);
  const cipher = createCipheriv('aes-128-gcm', expand(secret, 'key', 16), nonce);
  cipher.setAAD(header);
  const body = [cipher.update(Buffer.concat([content, Buffer.of(type)])), cipher.final()];
  return Buffer.concat([header, ...body, cipher.getAuthTag()]);
}

/**
 * What a server with TLS_AES_128_GCM_SHA256 says that asks for new keys so many times (RFC 8446 §4.6.3) and then has
 * something to say. `secret` is its SERVER_TRAFFIC_SECRET_0, `sent` the records that it sent under it.
 */
export function afterKeyUpdates(secret: Buffer, sent: number, times: number, words: string): Buffer {
  const pieces: Buffer[] = [];
  let current = secret;
  for (let nth = 0; nth < times; nth += 1) {
    pieces.push(record(current, nth === 0 ? sent : 0, 22, Buffer.of(24, 0, 0, 1, 1)));
    current = expand(current, 'traffic upd', 32);
  }
  pieces.push(record(current, times === 0 ? sent : 0, 23, Buffer.from(words)));
  return Buffer.concat(pieces);
}
