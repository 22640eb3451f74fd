import { isIP, type Socket } from 'node:net';
import { connect as tlsConnect, type TLSSocket } from 'node:tls';
import type { UsableHost } from '../core/route/host-policy.ts';
import { handshakeErrorTexts, timedOut } from './network-trouble.ts';
import { secureContextFor } from './secure-contexts.ts';
import { whenAborted } from './when-aborted.ts';

/** Why there is no TLS session. */
export type NoHandshake =
  | { readonly kind: 'failed'; readonly reason: string; readonly library?: string }
  | { readonly kind: 'aborted' };

/**
 * TLS handshake on an open connection. Returns the TLS socket with nobody listening and nothing written yet:
 * what the server showed is still to be judged.
 */
export async function handshake(
  socket: Socket,
  policy: UsableHost,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<TLSSocket | NoHandshake> {
  const tls = tlsConnect({
    socket,
    secureContext: secureContextFor(policy.level),
    servername: serverName(policy),
    // The chain is judged by the caller (RFC 7672 §3.1); the library has no trust anchors here. A session is
    // never resumed: a resumed one shows no certificates.
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
  });
  const cleanUp: (() => void)[] = [];
  const outcome = await new Promise<TLSSocket | NoHandshake>((resolve) => {
    tls.once('secureConnect', () => resolve(tls));
    // Stays for the life of the socket: an error without a listener would end the process.
    tls.on('error', (error) => resolve({ kind: 'failed', ...handshakeErrorTexts(error) }));
    tls.once('close', () => resolve({ kind: 'failed', reason: 'lost connection' }));
    const timer = setTimeout(() => resolve({ kind: 'failed', reason: timedOut }), timeoutMs);
    cleanUp.push(
      () => clearTimeout(timer),
      whenAborted(signal, () => resolve({ kind: 'aborted' })),
    );
  });
  for (const undo of cleanUp) undo();
  if (outcome !== tls) tls.destroy();
  return outcome;
}

/** RFC 7672 §8.1: the TLSA base domain; RFC 6066 §3: without trailing dot, and never an address. */
function serverName({ serverName = '' }: UsableHost): string {
  const name = serverName.replace(/\.$/, '');
  return isIP(name) === 0 ? name : '';
}
