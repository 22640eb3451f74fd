import { isIP, type Socket } from 'node:net';
import { connect as tlsConnect, type SecureContext, type TLSSocket } from 'node:tls';
import type { UsableHost } from '../core/route/host-policy.ts';
import { looksBeyondLeaf } from '../core/route/judge.ts';
import type { HeardHandshake } from './certificate-message.ts';
import { dheGroupReader } from './dhe-group.ts';
import { guardedStream, type Refusal } from './guarded-stream.ts';
import { handshakeErrorTexts, timedOut } from './network-trouble.ts';
import { overhear } from './overhear.ts';
import { recordQuota, type RecordQuota } from './record-quota.ts';
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

export interface Handshaken {
  readonly kind: 'made';
  /** Nobody listens, and nothing was written yet. */
  readonly socket: TLSSocket;
  /** What the server may still say before it answers. */
  readonly quota: RecordQuota;
  /** What the server said; absent where its own certificate is all that matters. */
  readonly heard?: HeardHandshake | 'too long';
}

/** TLS handshake on an open connection. What the server showed is still to be judged. */
export async function handshake(
  socket: Socket,
  policy: UsableHost,
  hello: ClientHello,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Handshaken | NoHandshake> {
  const secureContext = contextFor(policy, hello);
  if ('kind' in secureContext) {
    socket.destroy();
    return secureContext;
  }
  const bytesBefore = socket.bytesRead;
  const quota = recordQuota();
  const guard = hello === 'DHE' ? both(quota.refusal, groupGuard()) : quota.refusal;
  const overheard = looksBeyondLeaf(policy) ? overhear(socket, guard) : undefined;
  const tls = tlsConnect({
    socket: overheard?.stream ?? guardedStream(socket, guard),
    secureContext,
    servername: serverName(policy),
    // The chain is judged by the caller (RFC 7672 §3.1); the library has no trust anchors here. A session is
    // never resumed: a resumed one shows no certificates.
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
  });
  overheard?.attach(tls);
  const cleanUp: (() => void)[] = [];
  const outcome = await new Promise<Handshaken | NoHandshake>((resolve) => {
    tls.once('secureConnect', () => {
      const heard = overheard?.take();
      resolve({ kind: 'made', socket: tls, quota, ...(heard !== undefined && { heard }) });
    });
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
  if (outcome.kind !== 'made') tls.destroy();
  return outcome;
}

function both(one: Refusal, other: Refusal): Refusal {
  return (octets) => one(octets) ?? other(octets);
}

/** Refuses what a server says once it has chosen a group for DHE that would take long. */
function groupGuard(): Refusal {
  const groupOf = dheGroupReader();
  return (octets) => {
    const size = groupOf(octets);
    if (size === undefined || size <= maxDheOctets) return undefined;
    return new Error(`group of ${size * 8} bits for DHE, which is more than ${maxDheOctets * 8}`);
  };
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
