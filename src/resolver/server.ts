import type { Failed } from '../core/dns/answer.ts';
import type { DnsReply } from './reply.ts';

/** A DNS server by IP address. */
export interface Server {
  readonly address: string;
  readonly port: number;
}

/** `127.0.0.1:53`, `[::1]:53` */
export function nameOfServer({ address, port }: Server): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** A reply that answers the query. Its content is not judged yet. */
export interface Exchanged {
  readonly kind: 'reply';
  readonly reply: DnsReply;
}

/** The failure behind a socket error. */
export function unreachable(server: Server, error: NodeJS.ErrnoException): Failed {
  const detail = `${server.address}:${server.port}: ${error.code ?? error.message}`;
  return { kind: 'failed', cause: 'unreachable', detail };
}

export function timedOut(server: Server, transport: 'UDP' | 'TCP', timeoutMs: number): Failed {
  const detail = `no reply from ${server.address}:${server.port} by ${transport} in ${timeoutMs} ms`;
  return { kind: 'failed', cause: 'timeout', detail };
}
