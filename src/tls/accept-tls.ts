import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { verifyFingerprint } from '../core/dane/fingerprint.ts';
import type { ClientTls } from '../core/intake/client-identity.ts';
import { cipherBits } from '../core/smtp/tls-summary.ts';
import { ClientHandshakeGuard, OpenGate } from './client-handshake-guard.ts';
import { guardedStream } from './guarded-stream.ts';
import type { ServerCertificate } from './server-certificate.ts';

/** What we show, and what we want to see. */
export interface ServerIdentity {
  /** The first is for clients that ask for no name that one of them has. */
  readonly certificates: readonly [ServerCertificate, ...ServerCertificate[]];
  /** Clients with the right to relay, by SHA-256 of certificate or key; where there are none, nobody is asked. */
  readonly relayClientcerts: ReadonlySet<string>;
}

export type Accepted =
  | {
      readonly kind: 'made';
      /** A socket without listeners but for errors. */
      readonly socket: TLSSocket;
      readonly tls: ClientTls;
      readonly certificateMayRelay: boolean;
    }
  /** The connection has been cut. */
  | { readonly kind: 'failed'; readonly reason: string };

/** The suites of TLS 1.3, by number (RFC 8446 §B.4). */
const suiteNumbers: Readonly<Record<string, number>> = {
  TLS_AES_128_GCM_SHA256: 0x1301,
  TLS_AES_256_GCM_SHA384: 0x1302,
  TLS_CHACHA20_POLY1305_SHA256: 0x1303,
};

/**
 * Shakes hands with a client that begins TLS now, on a socket without listeners. The caller watches the time, and ends the
 * handshake by cutting the socket.
 */
export function acceptTls(socket: Socket, identity: ServerIdentity): Promise<Accepted> {
  const [first] = identity.certificates;
  const asks = identity.relayClientcerts.size > 0;
  const guard = asks ? new ClientHandshakeGuard() : undefined;
  const stream = guardedStream(socket, guard ?? new OpenGate(), { waitsForReader: true });
  let shown = first;
  const tls = new TLSSocket(stream, {
    isServer: true,
    secureContext: first.context,
    SNICallback: (name, done) => {
      shown = identity.certificates.find((certificate) => certificate.isFor(name)) ?? first;
      done(null, shown.context);
    },
    requestCert: asks,
    // Its fingerprint alone counts.
    rejectUnauthorized: false,
  });
  if (guard !== undefined) {
    tls.on('keylog', (line: Buffer) => {
      const [label, , secret = ''] = line.toString('latin1').trim().split(' ');
      if (label !== 'CLIENT_HANDSHAKE_TRAFFIC_SECRET') return;
      // The declared type leaves out that a socket which is gone has none.
      const cipher = tls.getCipher() as ReturnType<TLSSocket['getCipher']> | null;
      guard.secret(suiteNumbers[cipher?.standardName ?? ''] ?? 0, Buffer.from(secret, 'hex'));
    });
  }
  return new Promise((resolve) => {
    const fail = (error?: Error): void => {
      resolve({ kind: 'failed', reason: error?.message ?? 'lost connection' });
      tls.destroy();
      socket.destroy();
    };
    // Both stay for the life of the socket. The first is all that Node says of an error before it gives control away.
    tls.on('_tlsError', fail);
    tls.on('error', fail);
    tls.once('close', () => fail());
    // Nobody reads from the TLS socket yet: that the client has closed shows below it alone.
    const left = (): void => fail();
    stream.once('end', left);
    tls.once('secure', () => {
      stream.off('end', left);
      if (tls.destroyed) return;
      const leaf = asks ? tls.getPeerX509Certificate()?.raw : undefined;
      resolve({
        kind: 'made',
        socket: tls,
        tls: readSession(tls, shown, asks, leaf),
        certificateMayRelay: leaf !== undefined && mayRelay(leaf, identity.relayClientcerts),
      });
    });
  });
}

function readSession(
  tls: TLSSocket,
  { key }: ServerCertificate,
  asked: boolean,
  leaf: Buffer | undefined,
): ClientTls {
  const { name: cipher } = tls.getCipher();
  // Node gives the name that SNICallback was asked for, or false.
  const { servername } = tls as { readonly servername?: string | false };
  return {
    protocol: tls.getProtocol() ?? 'unknown',
    cipher,
    bits: cipherBits(cipher),
    serverKey: key,
    askedForCertificate: asked,
    ...(typeof servername === 'string' && servername !== '' && { serverName: servername }),
    ...(leaf && { certificateFingerprint: createHash('sha256').update(leaf).digest('hex') }),
  };
}

function mayRelay(leaf: Buffer, known: ReadonlySet<string>): boolean {
  return verifyFingerprint([leaf], { digest: 'sha256', values: [...known] }).kind === 'matched';
}
