import type { Failed } from '../core/dns/answer.ts';
import { exchangeTcp } from './exchange-tcp.ts';
import { exchangeUdp } from './exchange-udp.ts';
import { encodeQuery } from './query.ts';
import type { Query } from './query.ts';
import type { Exchanged, Server } from './server.ts';

/**
 * Sends one query to one server: by UDP, and then by TCP if the reply is truncated or unreadable. An unreadable reply
 * may be a forged datagram that happened to match the query, and a forger off the path cannot answer by TCP.
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
