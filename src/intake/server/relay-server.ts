import type { Socket } from 'node:net';
import { clientAt, type ClientIdentity, localClient } from '../../core/intake/client-identity.ts';
import { createConnections, type OpenConnection } from '../connection/client-connection.ts';
import type { IntakeContext } from '../intake-context.ts';
import type { IntakeListener } from '../intake-options.ts';
import { bug } from '../log-lines.ts';
import { clientBehind } from './client-behind.ts';
import { type Arrival, SmtpSession } from './smtp-session.ts';

/** All sessions, whatever address they came in on. */
export class RelayServer {
  readonly #context: IntakeContext;
  readonly #openConnection: OpenConnection;
  readonly #sessions = new Set<SmtpSession>();
  /** Connections of balancers that have not said for whom. */
  readonly #waiting = new Set<Socket>();
  readonly #sweep: NodeJS.Timeout;

  constructor(context: IntakeContext) {
    const { options, ports, admission } = context;
    this.#context = context;
    this.#openConnection = createConnections({
      hostname: options.hostname,
      bug: (error) => ports.log(bug(undefined, error)),
    });
    // One timer serves all sessions: a timer for each would be set back with every octet.
    const intervalMs = Math.min(
      Math.max(Math.min(options.timeoutMs, options.stressTimeoutMs) / 10, 10),
      5000,
    );
    this.#sweep = setInterval(() => {
      this.#checkDeadlines();
      admission.purge();
    }, intervalMs);
  }

  /** Begins a session on an accepted socket. @param isLocal it is a unix socket */
  connect(socket: Socket, listener: IntakeListener, isLocal: boolean): void {
    const { rules } = listener;
    const identity = isLocal
      ? localClient(rules.name)
      : clientAt(addressOf(socket), rules.name, socket.remotePort);
    if (rules.proxyPeers === undefined) this.#begin({ socket, listener, identity });
    else void this.#beginBehind(identity, socket, listener);
  }

  #begin(arrival: Arrival): void {
    const session = new SmtpSession(this.#openConnection, arrival, this.#context);
    this.#sessions.add(session);
    void session.gone.then(() => this.#sessions.delete(session));
    session.begin();
  }

  /** Begins a session with whoever is behind a balancer. */
  async #beginBehind(peer: ClientIdentity, socket: Socket, listener: IntakeListener): Promise<void> {
    this.#waiting.add(socket);
    const identity = await clientBehind(peer, socket, listener.rules, this.#context);
    if (this.#waiting.delete(socket) && identity !== undefined) this.#begin({ socket, listener, identity });
  }

  /** Tells every client to go once its message is answered. Resolves when all are gone. */
  async drain(): Promise<void> {
    for (const socket of this.#waiting) socket.destroy();
    this.#waiting.clear();
    const gone = Array.from(this.#sessions, (session) => session.gone);
    for (const session of this.#sessions) session.drain();
    await Promise.all(gone);
  }

  /** Cuts the sessions that are still there. */
  end(): void {
    clearInterval(this.#sweep);
    for (const session of this.#sessions) session.destroy();
  }

  #checkDeadlines(): void {
    const now = performance.now();
    for (const session of this.#sessions) session.checkDeadline(now);
  }
}

/** An IPv4-mapped address is IPv4. */
function addressOf({ remoteAddress = '' }: Socket): string {
  return remoteAddress.replace(/^::ffff:(?=[\d.]+$)/i, '');
}
