import { isIP, type Socket } from 'node:net';
import { connect as tlsConnect, type SecureContext, type TLSSocket } from 'node:tls';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { UsableHost } from '../core/tls-policy/host-policy.ts';
import { looksBeyondLeaf } from '../core/tls-policy/judge.ts';
import { whenAborted } from '../core/when-aborted.ts';
import { guardedStream } from '../tls/guarded-stream.ts';
import { HandshakeGuard, RefusedHandshake } from './handshake-guard.ts';
import { handshakeErrorTexts, timedOut } from './network-trouble.ts';
import type { RecordQuota } from '../tls/record-quota.ts';
import { secureContextFor, type ClientHello, type LibraryAnchors } from './secure-contexts.ts';
import { isShortage } from './shortage.ts';

/** Why there is no TLS session. */
export type NoHandshake =
  | {
      readonly kind: 'failed';
      readonly reason: string;
      readonly library?: string;
      /** The connection ended before anything came back. */
      readonly unanswered: boolean;
      /** The server seems to know none of the suites that were offered. */
      readonly noSuite?: boolean;
      /** No host is to blame: this machine ran out of something, or the settings leave nothing to offer. */
      readonly ours: boolean;
      /** The certificates of the server would take the library too long. */
      readonly tooMuchWork?: boolean;
    }
  | { readonly kind: 'aborted' };

/** The largest group that a server may choose for DHE, in octets. It takes 30 ms; larger ones take far longer. */
const maxDheOctets = 512;

/** What OpenSSL makes of the alert handshake_failure (RFC 5246 §7.2.2). */
const handshakeFailure = 'error:0A000410:';

const lostConnection = 'lost connection';

/** Work of a handshake, in units of `Budget`, after which the event loop gets a turn. */
const longUnits = 8_000;

export interface Handshaken {
  readonly kind: 'made';
  /** A socket without listeners, to which nothing was written yet. */
  readonly socket: TLSSocket;
  /** What the server may still send before it answers. */
  readonly quota: RecordQuota;
  /** The certificates that the server sent; absent where only the server's own matters. */
  readonly sent?: readonly Buffer[];
}

export interface HandshakeOptions {
  readonly hello: ClientHello;
  readonly timeoutMs: number;
  /** As for SessionOptions. */
  readonly wholeChain: boolean;
  readonly signal: AbortSignal;
  /** The library judges, too, by the authorities of Node.js and this name or address; what it refuses fails. */
  readonly verifiedAs?: string;
}

/** TLS handshake on an open connection. The caller still has to judge what the server showed. */
export async function handshake(
  socket: Socket,
  policy: UsableHost,
  { hello, timeoutMs, wholeChain, signal, verifiedAs }: HandshakeOptions,
): Promise<Handshaken | NoHandshake> {
  const secureContext = contextFor(policy, hello, verifiedAs === undefined ? 'none' : 'of Node.js');
  if ('kind' in secureContext) {
    socket.destroy();
    return secureContext;
  }
  const bytesBefore = socket.bytesRead;
  const guard = new HandshakeGuard(hello === 'DHE' ? maxDheOctets : undefined);
  const tls = tlsConnect({
    socket: guardedStream(socket, guard),
    secureContext,
    servername: serverName(policy),
    // The chain is judged by the caller (RFC 7672 §3.1); the library has no trust anchors here. A session is
    // never resumed: a resumed one shows no certificates.
    ...(verifiedAs === undefined
      ? { rejectUnauthorized: false, checkServerIdentity: () => undefined }
      : { rejectUnauthorized: true, host: verifiedAs }),
  });
  const onKeylog = (line: Buffer): void => {
    const secret = handshakeSecret(line);
    if (secret !== undefined) guard.secret(secret);
  };
  tls.on('keylog', onKeylog);
  const cleanUp: (() => void)[] = [() => tls.off('keylog', onKeylog)];
  const outcome = await new Promise<Handshaken | NoHandshake>((resolve) => {
    tls.once('secureConnect', () => {
      const sent = guard.take() ?? [];
      const isWanted = wholeChain || looksBeyondLeaf(policy);
      resolve({ kind: 'made', socket: tls, quota: guard.quota, ...(isWanted && { sent }) });
    });
    // Stays for the life of the socket: an error without a listener would end the process.
    tls.on('error', (error) => {
      const texts = handshakeErrorTexts(error);
      const noSuite = hello === 'usual' && texts.library?.startsWith(handshakeFailure) === true;
      const ours = isShortage(error, socket.remoteAddress ?? '');
      const tooMuchWork = error instanceof RefusedHandshake && error.isTooMuchWork;
      fail({ ...texts, noSuite, ours, tooMuchWork, unanswered: !ours && socket.bytesRead === bytesBefore });
    });
    tls.once('close', () => {
      fail({ reason: lostConnection, unanswered: socket.bytesRead === bytesBefore });
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
  if (outcome.kind !== 'made') tls.destroy();
  else if (guard.paid > longUnits) {
    // The library has held the event loop for some time, and a judgement may take as long.
    await nextTurn();
    if (tls.destroyed) return { kind: 'failed', reason: lostConnection, unanswered: false, ours: false };
  }
  return outcome;
}

/** A line of the NSS key log: label, random, secret (RFC 8446 §7.1). */
function handshakeSecret(line: Buffer): Buffer | undefined {
  const [label, , secret] = line.toString('latin1').trim().split(' ');
  return label === 'SERVER_HANDSHAKE_TRAFFIC_SECRET' && secret !== undefined
    ? Buffer.from(secret, 'hex')
    : undefined;
}

/** The exclusions in the settings may leave nothing to offer; then there is no handshake. */
function contextFor(
  { level, tls }: UsableHost,
  hello: ClientHello,
  anchors: LibraryAnchors,
): SecureContext | NoHandshake {
  try {
    return secureContextFor(level, tls, hello, anchors);
  } catch (error) {
    const library = error instanceof Error ? error.message : String(error);
    // For a second try with DHE alone, the settings may leave no suite.
    return { kind: 'failed', reason: '-1', library, unanswered: false, ours: hello !== 'DHE' };
  }
}

/** RFC 7672 §8.1: the TLSA base domain; RFC 6066 §3: without trailing dot, and never an address. */
function serverName({ serverName = '' }: UsableHost): string {
  const name = serverName.replace(/\.$/, '');
  return isIP(name) === 0 ? name : '';
}
