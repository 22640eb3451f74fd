import type { Failed } from '../core/dns/answer.ts';
import type { DnsReply } from './reply.ts';

/** A DNS server by IP address. */
export interface Server {
  readonly address: string;
  readonly port: number;
}

/** A reply that answers the query; what it says is not judged yet. */
export interface Exchanged {
  readonly kind: 'reply';
  readonly reply: DnsReply;
}

/** The failure that a socket error stands for. */
export function unreachable(server: Server, error: NodeJS.ErrnoException): Failed {
  const detail = `${server.address}:${server.port}: ${error.code ?? error.message}`;
  return { kind: 'failed', cause: 'unreachable', detail };
}

export function timedOut(server: Server, transport: 'UDP' | 'TCP', timeoutMs: number): Failed {
  const detail = `no reply from ${server.address}:${server.port} by ${transport} in ${timeoutMs} ms`;
  return { kind: 'failed', cause: 'timeout', detail };
}
