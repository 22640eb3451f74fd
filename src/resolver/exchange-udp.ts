import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { Failed } from '../core/dns/answer.ts';
import { matchReply } from './match-reply.ts';
import type { Query } from './query.ts';
import { timedOut, unreachable } from './server.ts';
import type { Exchanged, Server } from './server.ts';

/**
 * Sends the query from a fresh socket, and so from an unpredictable port (RFC 5452 §9.2). The socket is connected: the
 * kernel drops datagrams from other addresses and ports, and reports when no server listens. Datagrams that do not
 * answer the query are ignored until the time is up.
 */
export function exchangeUdp(
  server: Server,
  query: Query,
  bytes: Buffer,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Exchanged | Failed | { readonly kind: 'use TCP' }> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIPv6(server.address) ? 'udp6' : 'udp4');
    let ended = false;
    const end = (): void => {
      ended = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.close();
    };
    const settle = (outcome: Exchanged | Failed | { readonly kind: 'use TCP' }): void => {
      if (ended) return;
      end();
      resolve(outcome);
    };
    const onAbort = (): void => {
      end();
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => settle(timedOut(server, 'UDP', timeoutMs)), timeoutMs);
    signal.addEventListener('abort', onAbort, { once: true });

    socket.on('message', (message) => {
      const match = matchReply(message, query);
      if (match.kind === 'stranger') return;
      const isWhole = match.kind === 'reply' && !match.reply.truncated;
      settle(isWhole ? match : { kind: 'use TCP' });
    });
    socket.on('error', (error) => settle(unreachable(server, error)));
    socket.on('connect', () => socket.send(bytes));
    socket.connect(server.port, server.address);
  });
}
