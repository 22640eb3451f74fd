import type { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect, rootCertificates, type TLSSocket } from 'node:tls';

/** What a client met that only looks. */
export interface MetTls {
  readonly stream: Duplex;
  /** As sent, the certificate of the server first; with authorities, also what they add. */
  readonly chain: readonly X509Certificate[];
  /** Why OpenSSL does not trust the chain, in its word: `CERT_HAS_EXPIRED`. Undefined if it does. Names are not asked. */
  readonly fault: string | undefined;
  /** `TLSv1.3 with cipher TLS_AES_256_GCM_SHA384` */
  readonly words: string;
}

const mostCertificates = 10;

/**
 * A handshake that takes any certificate, for a server of our own that is looked at: mail never goes this way. Rejects with
 * words for the operator.
 *
 * @param name what is asked for (SNI); an address is not
 * @param authorities PEM; with none of them, the chain is what was sent and nothing else
 */
export function meetTls(
  socket: Socket,
  name: string,
  signal: AbortSignal,
  authorities: readonly string[],
): Promise<MetTls> {
  return new Promise((resolve, reject) => {
    const secured = connect({
      socket,
      ...(isIP(name) === 0 ? { servername: name } : {}),
      ca: [...authorities],
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
    });
    signal.addEventListener('abort', () => reject(new Error('nothing came in time')), { once: true });
    secured.once('error', (error: NodeJS.ErrnoException) => reject(new Error(error.code ?? error.message)));
    secured.once('close', () => reject(new Error('it hung up')));
    secured.once('secureConnect', () =>
      resolve({
        stream: secured,
        chain: chainOf(secured),
        fault: secured.authorized ? undefined : String(secured.authorizationError),
        words: `${secured.getProtocol() ?? 'TLS'} with cipher ${secured.getCipher().name}`,
      }),
    );
  });
}

/** The authorities that programs of this machine trust. */
export function systemAuthorities(): readonly string[] {
  const file = process.env['SSL_CERT_FILE'] ?? '/etc/ssl/certs/ca-certificates.crt';
  return existsSync(file) ? [readFileSync(file, 'latin1')] : rootCertificates;
}

function chainOf(socket: TLSSocket): readonly X509Certificate[] {
  const chain: X509Certificate[] = [];
  let next = socket.getPeerX509Certificate();
  while (next !== undefined && chain.length < mostCertificates) {
    const { fingerprint256 } = next;
    if (chain.some((one) => one.fingerprint256 === fingerprint256)) break;
    chain.push(next);
    next = next.issuerCertificate;
  }
  return chain;
}
