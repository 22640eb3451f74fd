import { budgetOf } from '../core/dane/budget.ts';
import { libraryUnits, payForLibrary } from '../core/dane/library-work.ts';
import type { Gate } from './guarded-stream.ts';
import {
  MessageReader,
  messageTypes,
  readCertificateList,
  type HandshakeMessage,
} from './handshake-messages.ts';
import { recordCipher, type RecordCipher } from './record-cipher.ts';
import { contentTypes, recordHeaderBytes, RecordReader, type TlsRecord } from './tls-records.ts';

/** Most octets and records of a client's side of a handshake, up to its certificates. */
const longestFlightBytes = 128 * 1024;
const longestCertificatesBytes = 64 * 1024;
const mostRecords = 200;

/** Why a handshake was ended before the library could read on. */
export class RefusedClient extends Error {
  override readonly name = 'RefusedClient';
}

const tooMuchWork = (): RefusedClient => new RefusedClient('certificates take too much work to verify');
const notFollowed = (): RefusedClient => new RefusedClient('handshake that cannot be followed');

/**
 * Reads what a client sends in a handshake in which it was asked for a certificate, and lets a record pass once it is
 * known what OpenSSL will spend on it: the certificates are read and verified by the library, whatever they are, and so
 * their work is paid out of a budget first (`payForLibrary`). After the certificates everything passes.
 *
 * Those of TLS 1.3 are encrypted with a secret that the library hands out (`secret`) as soon as it has answered the
 * ClientHello. Until then what follows waits.
 */
export class ClientHandshakeGuard implements Gate {
  readonly #records = new RecordReader();
  readonly #messages = new MessageReader();
  readonly #budget = budgetOf(libraryUnits);
  #cipher: RecordCipher | undefined;
  #held: TlsRecord | undefined;
  #hasKeyExchange = false;
  #seenBytes = 0;
  #seenRecords = 0;
  #enteredBytes = 0;
  /** `shut`: the library gets nothing beyond what it has. */
  #state: 'watching' | 'open' | 'shut' = 'watching';

  onOpening?: () => void;

  /** CLIENT_HANDSHAKE_TRAFFIC_SECRET (RFC 8446 §7.1). @param suite number of the cipher suite */
  secret(suite: number, octets: Buffer): void {
    this.#cipher ??= recordCipher(suite, octets);
    this.onOpening?.();
  }

  enter(octets: Buffer): void {
    if (this.#state === 'shut') return;
    if (this.#state === 'watching') this.#enteredBytes += octets.length;
    this.#records.feed(octets);
  }

  next(): Buffer | Error | undefined {
    if (this.#state === 'shut') return undefined;
    if (this.#state === 'open') return this.#rest();
    const record = this.#held ?? this.#records.next();
    this.#held = undefined;
    if (record === undefined) return undefined;
    if (record === 'broken') {
      // The library gets the header, and says what is wrong with it.
      this.#state = 'shut';
      return this.#records.rest();
    }
    if (record.type === contentTypes.applicationData && this.#cipher === undefined) {
      this.#held = record;
      return this.#enteredBytes > longestFlightBytes ? notFollowed() : undefined;
    }
    return this.#refusal(record) ?? record.octets;
  }

  rest(): Buffer {
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
        return this.#read(record.octets.subarray(recordHeaderBytes));
      case contentTypes.applicationData: {
        const inner = this.#cipher?.(record);
        if (inner?.type === contentTypes.handshake) return this.#read(inner.fragment);
        return inner?.type === contentTypes.alert ? undefined : notFollowed();
      }
      case contentTypes.changeCipherSpec:
        // Up to TLS 1.2 it comes behind certificate and key exchange, and what follows is encrypted. In TLS 1.3 it means
        // nothing (RFC 8446 §D.4), and there is no key exchange before it.
        if (this.#hasKeyExchange) this.#state = 'open';
        return undefined;
      case contentTypes.alert:
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
      case messageTypes.certificate: {
        const isTls13 = this.#cipher !== undefined;
        const certificates = readCertificateList(body, isTls13);
        if (certificates === undefined) return notFollowed();
        if (!payForLibrary(certificates, this.#budget)) return tooMuchWork();
        // RFC 8446 §4.4: nothing after this is both expensive and unbounded.
        if (isTls13) this.#state = 'open';
        return undefined;
      }
      case messageTypes.clientKeyExchange:
        this.#hasKeyExchange = true;
        return undefined;
      case messageTypes.compressedCertificate:
        // RFC 8879: it was not asked for.
        return notFollowed();
      default:
        return undefined;
    }
  }
}

/** Lets everything pass: the library reads no certificates that it did not ask for. */
export class OpenGate implements Gate {
  #left: Buffer[] = [];

  enter(octets: Buffer): void {
    this.#left.push(octets);
  }

  next(): Buffer | undefined {
    return this.#left.shift();
  }

  rest(): Buffer {
    return Buffer.concat(this.#left.splice(0));
  }
}
