import type { Socket } from 'node:net';
import type { UsableHost } from '../core/tls-policy/host-policy.ts';
import type { SecuredConnection } from '../tls/web-connection.ts';
import { handshake, type HandshakeOptions } from './handshake.ts';
import { peerFacts } from './peer-facts.ts';

/** RFC 8461 §7.2: TLS 1.2 or newer. The server has to show a certificate. */
const policy: UsableHost = {
  kind: 'use',
  level: 'sts',
  tlsa: [],
  referenceNames: [],
  tls: { versions: ['TLSv1.2', 'TLSv1.3'], ciphers: 'medium', exclude: [] },
  warnings: [],
  key: 'web',
};

/**
 * A handshake with a web server, with the same guards as one with a mail host: what its certificates cost and how many
 * records it may send is bounded, and the library judges nothing.
 */
export function webTls(socket: Socket, name: string, signal: AbortSignal): Promise<SecuredConnection> {
  return shakeHands(socket, name, signal, {});
}

/** The same with a server for which the authorities of Node.js have to vouch, by this name or address. */
export function verifiedWebTls(
  socket: Socket,
  name: string,
  signal: AbortSignal,
): Promise<SecuredConnection> {
  return shakeHands(socket, name, signal, { verifiedAs: name });
}

async function shakeHands(
  socket: Socket,
  serverName: string,
  signal: AbortSignal,
  verified: Pick<HandshakeOptions, 'verifiedAs'>,
): Promise<SecuredConnection> {
  const options = { hello: 'usual', timeoutMs: handshakeMs, wholeChain: true, signal, ...verified } as const;
  const made = await handshake(socket, { ...policy, serverName }, options);
  if (made.kind === 'made') return { kind: 'made', socket: made.socket, chain: peerFacts(made).chain };
  return {
    kind: 'failed',
    reason: made.kind === 'aborted' ? 'given up' : (made.library ?? made.reason),
  };
}

/** The caller has a deadline for all of it. */
const handshakeMs = 30_000;
