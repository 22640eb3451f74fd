import { isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as tlsConnect, type SecureContext, type TLSSocket } from 'node:tls';
import type { UsableHost } from '../core/route/host-policy.ts';
import { dheGroupReader } from './dhe-group.ts';
import { guardedStream } from './guarded-stream.ts';
import { handshakeErrorTexts, timedOut } from './network-trouble.ts';
import { secureContextFor, type ClientHello } from './secure-contexts.ts';
import { isShortage } from './shortage.ts';
import { whenAborted } from '../core/when-aborted.ts';

/** Why there is no TLS session. */
export type NoHandshake =
  | {
      readonly kind: 'failed';
      readonly reason: string;
      readonly library?: string;
      /** The connection ended before anything came back. */
      readonly unanswered: boolean;
      /** The server knows none of the suites that were offered, or so it seems. */
      readonly noSuite?: boolean;
      /** No host is to blame: this machine is short of something, or its operator has left nothing to offer. */
      readonly ours: boolean;
    }
  | { readonly kind: 'aborted' };

/** The largest group that a server may choose for DHE, in octets: it takes 30 ms, and more takes ever so much longer. */
const maxDheOctets = 512;

/** What OpenSSL makes of the alert handshake_failure (RFC 5246 §7.2.2). */
const handshakeFailure = 'error:0A000410:';

/**
 * TLS handshake on an open connection. Returns the TLS socket with nobody listening and nothing written yet:
 * what the server showed is still to be judged.
 */
export async function handshake(
  socket: Socket,
  policy: UsableHost,
  hello: ClientHello,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<TLSSocket | NoHandshake> {
  const secureContext = contextFor(policy, hello);
  if ('kind' in secureContext) {
    socket.destroy();
    return secureContext;
  }
  const bytesBefore = socket.bytesRead;
  const tls = tlsConnect({
    socket: hello === 'DHE' ? withBoundedGroup(socket) : socket,
    secureContext,
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
    tls.on('error', (error) => {
      const texts = handshakeErrorTexts(error);
      const noSuite = hello === 'usual' && texts.library?.startsWith(handshakeFailure) === true;
      const ours = isShortage(error, socket.remoteAddress ?? '');
      fail({ ...texts, noSuite, ours, unanswered: !ours && socket.bytesRead === bytesBefore });
    });
    tls.once('close', () => {
      fail({ reason: 'lost connection', unanswered: socket.bytesRead === bytesBefore });
    });
    const timer = setTimeout(() => fail({ reason: timedOut, unanswered: false }), timeoutMs);
    function fail(
      how: Omit<Extract<NoHandshake, { kind: 'failed' }>, 'kind' | 'ours'> & { ours?: boolean },
    ): void {
      resolve({ kind: 'failed', ours: false, ...how });
    }
    cleanUp.push(
      () => clearTimeout(timer),
      whenAborted(signal, () => resolve({ kind: 'aborted' })),
    );
  });
  for (const undo of cleanUp) undo();
  if (outcome !== tls) tls.destroy();
  return outcome;
}

/** The same connection, which ends when the server chooses a group for DHE that would take long. */
function withBoundedGroup(socket: Socket): Duplex {
  const groupOf = dheGroupReader();
  return guardedStream(socket, (octets) => {
    const size = groupOf(octets);
    if (size === undefined || size <= maxDheOctets) return undefined;
    return new Error(`group of ${size * 8} bits for DHE, which is more than ${maxDheOctets * 8}`);
  });
}

/** Exclusions of the operator's may leave nothing to offer: then there is no handshake. */
function contextFor({ level, tls }: UsableHost, hello: ClientHello): SecureContext | NoHandshake {
  try {
    return secureContextFor(level, tls, hello);
  } catch (error) {
    const library = error instanceof Error ? error.message : String(error);
    // A second try with DHE alone may find that the operator has left none of it.
    return { kind: 'failed', reason: '-1', library, unanswered: false, ours: hello !== 'DHE' };
  }
}

/** RFC 7672 §8.1: the TLSA base domain; RFC 6066 §3: without trailing dot, and never an address. */
function serverName({ serverName = '' }: UsableHost): string {
  const name = serverName.replace(/\.$/, '');
  return isIP(name) === 0 ? name : '';
}
