/** RFC 8446 §B.3, RFC 5246 §7.4, RFC 8879 §7.3 */
export const messageTypes = {
  serverHello: 2,
  certificate: 11,
  serverKeyExchange: 12,
  certificateRequest: 13,
  serverHelloDone: 14,
  clientKeyExchange: 16,
  finished: 20,
  compressedCertificate: 25,
} as const;

export interface HandshakeMessage {
  readonly type: number;
  readonly body: Buffer;
}

const headerBytes = 4;

/** Makes messages of the fragments of records; each octet is copied once. */
export class MessageReader {
  readonly #fragments: Buffer[] = [];
  #bytes = 0;
  /** Octets of the message under way, with its header; the size of a header until that is complete. */
  #wanted = headerBytes;

  feed(fragment: Buffer): void {
    if (fragment.length === 0) return;
    this.#fragments.push(fragment);
    this.#bytes += fragment.length;
  }

  /** Whether no message is incomplete. */
  get isBetween(): boolean {
    return this.#bytes === 0;
  }

  /** Type of the message under way, once it is known. */
  get wantedBytes(): number {
    return this.#wanted - headerBytes;
  }

  next(): HandshakeMessage | undefined {
    if (this.#bytes < headerBytes) return undefined;
    if (this.#wanted === headerBytes) this.#wanted += this.#joined().readUIntBE(1, 3);
    if (this.#bytes < this.#wanted) return undefined;
    const octets = this.#joined();
    const message = { type: octets.readUInt8(0), body: octets.subarray(headerBytes, this.#wanted) };
    this.#fragments.length = 0;
    this.#bytes = 0;
    const behind = octets.subarray(this.#wanted);
    this.#wanted = headerBytes;
    this.feed(behind);
    return message;
  }

  /** This happens at most twice for each message. */
  #joined(): Buffer {
    const [first] = this.#fragments;
    if (first !== undefined && this.#fragments.length === 1) return first;
    const joined = Buffer.concat(this.#fragments);
    this.#fragments.splice(0, Infinity, joined);
    return joined;
  }
}

/** RFC 8446 §4.1.3: this value in place of the random number marks a HelloRetryRequest. */
const retryRandom = Buffer.from('cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c', 'hex');
const supportedVersions = 43;

/** What a ServerHello has chosen (RFC 8446 §4.1.3, RFC 5246 §7.4.1.3). */
export interface ServerHello {
  readonly isRetry: boolean;
  readonly isTls13: boolean;
  /** Number of the cipher suite. */
  readonly suite: number;
}

export function readServerHello(body: Buffer): ServerHello | undefined {
  const afterSession = 35 + (body[34] ?? 0);
  if (body.length < afterSession + 3) return undefined;
  let isTls13 = false;
  for (let at = afterSession + 5; at + 4 <= body.length; at += 4 + body.readUInt16BE(at + 2)) {
    // RFC 8446 §4.2.1
    if (body.readUInt16BE(at) === supportedVersions && at + 6 <= body.length) {
      isTls13 = body.readUInt16BE(at + 4) === 0x0304;
    }
  }
  return {
    isRetry: body.subarray(2, 34).equals(retryRandom),
    isTls13,
    suite: body.readUInt16BE(afterSession),
  };
}

/**
 * The certificates of a Certificate message: RFC 5246 §7.4.2; RFC 8446 §4.4.2 has a context before the list, and extensions
 * behind each certificate. Undefined if it is none.
 */
export function readCertificateList(body: Buffer, isTls13: boolean): readonly Buffer[] | undefined {
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
