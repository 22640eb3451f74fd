import type { Socket } from 'node:net';
import { clientAt, type ClientIdentity } from '../../core/intake/client-identity.ts';
import type { ListenerRules } from '../../core/intake/listener.ts';
import type { IntakeContext } from '../intake-context.ts';
import { lost, proxyTrouble, rejected } from '../log-lines.ts';
import { readBeginning } from './proxy-header.ts';

/**
 * Who is behind a balancer, or the balancer itself if it looks whether we are there. Resolves with undefined when the
 * connection is refused, which it then has been: it did not come from a balancer, or did not begin as one from there does.
 */
export async function clientBehind(
  peer: ClientIdentity,
  socket: Socket,
  rules: ListenerRules,
  context: IntakeContext,
): Promise<ClientIdentity | undefined> {
  const { log } = context.ports;
  const refuse = (why: string): string => {
    const reply = `421 4.7.0 ${context.options.hostname} Error: ${why}`;
    // Before a handshake nothing can be said.
    if (rules.tls !== 'implicit' && socket.writable) socket.write(`${reply}\r\n`);
    socket.destroySoon();
    return reply;
  };
  if (rules.proxyPeers?.(peer.address) !== true) {
    socket.on('error', () => {});
    const reply = refuse('connections here come through a proxy');
    log(rejected(peer, { queueId: undefined, stage: 'CONNECT', reply }));
    return undefined;
  }
  const beginning = await readBeginning(socket, context.options.upstreamProxyTimeoutMs);
  if (beginning.kind === 'client' && !socket.destroyed)
    return clientAt(beginning.client.address, rules.name, beginning.client.port);
  if (beginning.kind === 'health check' && !socket.destroyed)
    return { ...clientAt(peer.address, rules.name), isHealthCheck: true };
  const why = beginning.kind === 'broken' ? beginning.why : undefined;
  // Some balancers connect and hang up to see whether we are there.
  log(why === undefined ? lost(peer, 'CONNECT') : proxyTrouble(peer, why));
  refuse('a PROXY header is expected here');
  return undefined;
}
