import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { tlsFacts, type TlsReading } from '../core/smtp/tls-summary.ts';
import type { TlsFacts } from '../core/smtp/transaction.ts';

/** What the server showed in its handshake. */
export interface PeerFacts {
  /** DER, as sent and in the order sent, the server's own first; empty if it showed none. */
  readonly chain: readonly Uint8Array[];
  readonly facts: TlsFacts;
}

/** Reads a TLS socket after its handshake. */
export function peerFacts(socket: TLSSocket): PeerFacts {
  const leaf = socket.getPeerX509Certificate();
  // The declared type is `object | EphemeralKeyInfo`; an RSA key exchange has an empty one.
  const key = socket.getEphemeralKeyInfo() as TlsReading['ephemeralKey'] | null;
  const serverKey = leaf && keyOf(leaf);
  const reading: TlsReading = {
    protocol: socket.getProtocol() ?? 'unknown',
    cipher: socket.getCipher().name,
    ...(key && { ephemeralKey: key }),
    ...(serverKey !== undefined && { serverKey }),
  };
  return { chain: chainOf(leaf), facts: tlsFacts(reading) };
}

function chainOf(leaf: X509Certificate | undefined): Uint8Array[] {
  const chain: Uint8Array[] = [];
  // OpenSSL ends a handshake with more than 100 KiB of certificates, which bounds their number.
  for (let next = leaf; next !== undefined; next = next.issuerCertificate) chain.push(next.raw);
  return chain;
}

/** Undefined where the library cannot read the key of a certificate that it took all the same. */
function keyOf(leaf: X509Certificate): TlsReading['serverKey'] {
  try {
    const { asymmetricKeyType: type = 'unknown', asymmetricKeyDetails: details } = leaf.publicKey;
    return {
      type,
      ...(details?.modulusLength !== undefined && { bits: details.modulusLength }),
      ...(details?.namedCurve !== undefined && { curve: details.namedCurve }),
    };
  } catch {
    return undefined;
  }
}
