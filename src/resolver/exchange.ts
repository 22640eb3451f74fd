import type { Failed } from '../core/dns/answer.ts';
import { exchangeTcp } from './exchange-tcp.ts';
import { exchangeUdp } from './exchange-udp.ts';
import { encodeQuery } from './query.ts';
import type { Query } from './query.ts';
import type { Exchanged, Server } from './server.ts';

/**
 * One query to one server: by UDP, then by TCP if the reply is truncated or cannot be read. A forged datagram that
 * somehow fits the query can be the reason for the latter, and it cannot follow there.
 *
 * @param timeoutMs for UDP and TCP each
 * @throws the reason of `signal`, and nothing else
 */
export async function exchange(
  server: Server,
  query: Query,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Exchanged | Failed> {
  const bytes = encodeQuery(query);
  const outcome = await exchangeUdp(server, query, bytes, timeoutMs, signal);
  return outcome.kind === 'use TCP' ? exchangeTcp(server, query, bytes, timeoutMs, signal) : outcome;
}
