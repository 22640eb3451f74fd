import { connect, type LookupFunction, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { whenAborted } from '../core/when-aborted.ts';

/** TLS with a web server, after a handshake in which the cost of its certificates was bounded. */
export type SecuredConnection =
  | {
      readonly kind: 'made';
      readonly socket: Duplex;
      /** DER, the server's own first. */
      readonly chain: readonly Uint8Array[];
    }
  | { readonly kind: 'failed'; readonly reason: string };

/** @param name for SNI; an address is not sent */
export type SecureWeb = (socket: Socket, name: string, signal: AbortSignal) => Promise<SecuredConnection>;

export type WebConnection =
  | { readonly kind: 'open'; readonly socket: Socket }
  | { readonly kind: 'failed'; readonly reason: string }
  /** By the signal, or after `timeoutMs`. */
  | { readonly kind: 'given up' };

export interface WebPlace {
  /** An address, or a name for `lookup`. */
  readonly host: string;
  readonly port: number;
  readonly lookup?: LookupFunction;
  readonly timeoutMs?: number;
}

/** Connects to a web server. The caller has to destroy the socket. */
export function openWebConnection(
  { host, port, lookup, timeoutMs }: WebPlace,
  signal: AbortSignal,
): Promise<WebConnection> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve({ kind: 'given up' });
    const socket = connect({ host, port, ...(lookup !== undefined && { lookup }) });
    const giveUp = (): void => {
      socket.destroy();
      end({ kind: 'given up' });
    };
    const timer = timeoutMs === undefined ? undefined : setTimeout(giveUp, timeoutMs);
    const release = whenAborted(signal, giveUp);
    const end = (connection: WebConnection): void => {
      clearTimeout(timer);
      release();
      resolve(connection);
    };
    // Stays for the life of the socket: an error without a listener would end the process.
    socket.on('error', (error: NodeJS.ErrnoException) =>
      end({ kind: 'failed', reason: error.message || (error.code ?? 'no connection') }),
    );
    socket.once('connect', () => end({ kind: 'open', socket }));
  });
}
