import { budgetOf } from '../core/dane/budget.ts';
import { libraryUnits, payForLibrary, payForNames } from '../core/dane/library-work.ts';
import { mismatch } from '../core/dane/mismatch.ts';
import type { Gate } from '../tls/guarded-stream.ts';
import {
  MessageReader,
  messageTypes,
  readCertificateList,
  readServerHello,
  type HandshakeMessage,
  type ServerHello,
} from '../tls/handshake-messages.ts';
import { isOffered, recordCipher, type RecordCipher } from '../tls/record-cipher.ts';
import { mostRecords, recordQuota } from '../tls/record-quota.ts';
import { contentTypes, recordHeaderBytes, RecordReader, type TlsRecord } from '../tls/tls-records.ts';

/** Most octets of a server's side of a handshake, up to the certificates. OpenSSL accepts 100 KiB of certificates. */
export const longestFlightBytes = 256 * 1024;
export const longestCertificatesBytes = 100 * 1024;

/** Why a handshake was ended before the library could read on. */
export class RefusedHandshake extends Error {
  override readonly name = 'RefusedHandshake';
  readonly isTooMuchWork: boolean;

  constructor(text: string, isTooMuchWork = false) {
    super(text);
    this.isTooMuchWork = isTooMuchWork;
  }
}

const tooMuchWork = (): RefusedHandshake => new RefusedHandshake(mismatch('too much work', 0).detail, true);
const notFollowed = (): RefusedHandshake => new RefusedHandshake('handshake that cannot be followed');

/**
 * Reads what a server sends in a handshake, and lets a record pass once it is known what OpenSSL will spend on it: the
 * work for the certificates is paid out of a budget (`libraryUnits`), and the group of DHE is measured. A record that
 * would complete too expensive a message never passes, nor does anything that cannot be read. After that part of the
 * handshake everything passes.
 *
 * The certificates of TLS 1.3 are encrypted with a secret that the library knows, and hands out (`secret`), as soon as
 * it has the ServerHello. Until then what follows waits.
 */
export class HandshakeGuard implements Gate {
  readonly #largestGroupBytes: number;
  readonly #records = new RecordReader();
  readonly #messages = new MessageReader();
  readonly #budget = budgetOf(libraryUnits);
  #hello: ServerHello | undefined;
  #cipher: RecordCipher | undefined;
  #held: TlsRecord | undefined;
  #certificates: readonly Buffer[] | undefined;
  /** Octets that have arrived so far. */
  #enteredBytes = 0;
  #seenBytes = 0;
  #seenRecords = 0;
  /** `shut`: the library gets nothing beyond what it has. */
  #state: 'watching' | 'open' | 'shut' = 'watching';

  /** Counts what has passed, also after the handshake. */
  readonly quota = recordQuota();

  onOpening?: () => void;

  /** @param largestGroupBytes of the prime for DHE; only where nothing but DHE was offered, for ECDHE has no such number */
  constructor(largestGroupBytes = Infinity) {
    this.#largestGroupBytes = largestGroupBytes;
  }

  /** Units of work that were paid. */
  get paid(): number {
    return this.#budget.paid();
  }

  /** The certificates of the server, as it sent them; undefined if it has sent none. They are given out once. */
  take(): readonly Buffer[] | undefined {
    const certificates = this.#certificates;
    this.#certificates = undefined;
    return certificates;
  }

  /** SERVER_HANDSHAKE_TRAFFIC_SECRET (RFC 8446 §7.1). */
  secret(octets: Buffer): void {
    if (this.#hello === undefined) return;
    this.#cipher ??= recordCipher(this.#hello.suite, octets);
    this.onOpening?.();
  }

  enter(octets: Buffer): void {
    if (this.#state === 'shut') return;
    if (this.#state === 'watching') this.#enteredBytes += octets.length;
    this.#records.feed(octets);
  }

  next(): Buffer | Error | undefined {
    const passing = this.#passing();
    return passing instanceof Buffer ? (this.quota.refusal(passing) ?? passing) : passing;
  }

  #passing(): Buffer | Error | undefined {
    if (this.#state === 'shut') return undefined;
    if (this.#state === 'open') return this.#rest();
    const record = this.#held ?? this.#records.next();
    this.#held = undefined;
    if (record === undefined) return undefined;
    if (record === 'broken') {
      this.#state = 'shut';
      return this.#records.rest();
    }
    if (record.type === contentTypes.applicationData && this.#hello?.isTls13 === true && !this.#cipher) {
      this.#held = record;
      // If the secret does not come, octets must not pile up.
      return this.#enteredBytes > longestFlightBytes ? notFollowed() : undefined;
    }
    return this.#refusal(record) ?? record.octets;
  }

  rest(): Buffer {
    // A record that waits for the secret cannot be read.
    return this.#held === undefined && this.#state !== 'shut' ? this.#records.drain() : Buffer.alloc(0);
  }

  #rest(): Buffer | undefined {
    const rest = this.#records.drain();
    return rest.length === 0 ? undefined : rest;
  }

  #refusal(record: TlsRecord): Error | undefined {
    this.#seenBytes += record.octets.length;
    this.#seenRecords += 1;
    if (this.#seenBytes > longestFlightBytes || this.#seenRecords > mostRecords) return tooMuchWork();
    switch (record.type) {
      case contentTypes.handshake:
        // RFC 8446 §2: everything after the ServerHello is encrypted.
        if (this.#hello?.isTls13 === true) return notFollowed();
        return this.#read(record.octets.subarray(recordHeaderBytes));
      case contentTypes.applicationData: {
        const inner = this.#cipher?.(record);
        if (inner?.type === contentTypes.handshake) return this.#read(inner.fragment);
        return inner?.type === contentTypes.alert ? undefined : notFollowed();
      }
      case contentTypes.alert:
        return undefined;
      case contentTypes.changeCipherSpec:
        // RFC 8446 §D.4: with TLS 1.3 it means nothing. With older versions nothing in clear follows it.
        if (this.#hello?.isTls13 === false) this.#state = 'shut';
        return undefined;
      default:
        // An unknown type: the library will refuse it.
        this.#state = 'shut';
        return undefined;
    }
  }

  #read(fragment: Buffer): Error | undefined {
    this.#messages.feed(fragment);
    for (;;) {
      const message = this.#messages.next();
      if (message === undefined) break;
      const refusal = this.#heed(message);
      if (refusal !== undefined || this.#state === 'open') return refusal;
    }
    return this.#messages.wantedBytes > longestCertificatesBytes ? tooMuchWork() : undefined;
  }

  #heed({ type, body }: HandshakeMessage): Error | undefined {
    switch (type) {
      case messageTypes.serverHello:
        return this.#greet(readServerHello(body));
      case messageTypes.certificate:
        return this.#judge(body);
      case messageTypes.serverKeyExchange: {
        // RFC 5246 §7.4.3: the size of the prime comes first.
        const bytes = body.length < 2 ? 0 : body.readUInt16BE(0);
        const most = this.#largestGroupBytes;
        if (bytes <= most) return undefined;
        return new RefusedHandshake(`group of ${bytes * 8} bits for DHE, which is more than ${most * 8}`);
      }
      case messageTypes.certificateRequest:
        return payForNames(body.length, this.#budget) ? undefined : tooMuchWork();
      case messageTypes.compressedCertificate:
        // RFC 8879: it was not offered.
        return notFollowed();
      case messageTypes.serverHelloDone:
      case messageTypes.finished:
        this.#state = 'open';
        return undefined;
      default:
        return undefined;
    }
  }

  #greet(hello: ServerHello | undefined): Error | undefined {
    if (hello === undefined || this.#hello !== undefined) return notFollowed();
    if (hello.isRetry) return undefined;
    this.#hello = hello;
    if (!hello.isTls13) return undefined;
    // RFC 8446 §5.1: the keys change after it.
    return isOffered(hello.suite) && this.#messages.isBetween ? undefined : notFollowed();
  }

  #judge(body: Buffer): Error | undefined {
    const isTls13 = this.#hello?.isTls13 === true;
    const certificates = readCertificateList(body, isTls13);
    if (certificates === undefined || this.#certificates !== undefined) return notFollowed();
    this.#certificates = certificates;
    if (!payForLibrary(certificates, this.#budget)) return tooMuchWork();
    // RFC 8446 §4.4: nothing after this is both expensive and unbounded.
    if (isTls13) this.#state = 'open';
    return undefined;
  }
}
