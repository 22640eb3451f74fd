import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { UsableHost } from '../core/tls-policy/host-policy.ts';
import { handshake } from './handshake.ts';
import { peerFacts } from './peer-facts.ts';

/** TLS with a server that is no mail host. */
export type WebTls =
  | {
      readonly kind: 'made';
      readonly socket: TLSSocket;
      /** DER, the server's own first, for the caller to judge. */
      readonly chain: readonly Uint8Array[];
    }
  | { readonly kind: 'failed'; readonly reason: string };

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
export async function webTls(socket: Socket, serverName: string, signal: AbortSignal): Promise<WebTls> {
  const made = await handshake(
    socket,
    { ...policy, serverName },
    { hello: 'usual', timeoutMs: handshakeMs, wholeChain: true, signal },
  );
  if (made.kind === 'made') return { kind: 'made', socket: made.socket, chain: peerFacts(made).chain };
  return {
    kind: 'failed',
    reason: made.kind === 'aborted' ? 'given up' : (made.library ?? made.reason),
  };
}

/** The caller has a deadline for all of it. */
const handshakeMs = 30_000;
