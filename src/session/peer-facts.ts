import { X509Certificate } from 'node:crypto';
import { readShownKey } from '../core/dane/shown-key.ts';
import { tlsFacts, type TlsReading } from '../core/smtp/tls-summary.ts';
import type { TlsFacts } from '../core/smtp/transaction.ts';
import type { Handshaken } from './handshake.ts';
import { peerCertificate } from './peer-certificate.ts';

/** What the server showed in the handshake. */
export interface PeerFacts {
  /**
   * DER, the server's own first; empty if it showed none. The others as sent and in the order sent, where they can make
   * a difference.
   */
  readonly chain: readonly Uint8Array[];
  /** The server sent others, and they could not be read. */
  readonly unread: boolean;
  readonly facts: TlsFacts;
}

/** Reads a TLS socket after its handshake. */
export function peerFacts({ socket, sent }: Handshaken): PeerFacts {
  const leaf = peerCertificate(socket);
  // The declared type is `object | EphemeralKeyInfo`; an RSA key exchange has an empty one.
  const key = socket.getEphemeralKeyInfo() as TlsReading['ephemeralKey'] | null;
  const serverKey = leaf && keyOf(leaf);
  const reading: TlsReading = {
    protocol: socket.getProtocol() ?? 'unknown',
    cipher: socket.getCipher().name,
    ...(key && { ephemeralKey: key }),
    ...(serverKey !== undefined && { serverKey }),
  };
  const facts = tlsFacts(reading);
  if (leaf === undefined) return { chain: [], unread: false, facts };
  if (sent === undefined) return { chain: [leaf], unread: false, facts };
  // The certificates that were read count only if the first is the one the library used.
  const isSame = sent[0]?.equals(leaf) === true;
  return { chain: isSame ? sent : [leaf], unread: !isSame, facts };
}

/**
 * Undefined where the library cannot read the key of a certificate that it has accepted. It is asked about unusual keys
 * only, because it reads the whole certificate once more.
 */
function keyOf(leaf: Buffer): TlsReading['serverKey'] {
  const usual = readShownKey(leaf);
  if (usual !== undefined) return usual;
  try {
    const { asymmetricKeyType: type = 'unknown', asymmetricKeyDetails: details } = new X509Certificate(leaf)
      .publicKey;
    return {
      type,
      ...(details?.modulusLength !== undefined && { bits: details.modulusLength }),
      ...(details?.namedCurve !== undefined && { curve: details.namedCurve }),
    };
  } catch {
    return undefined;
  }
}
