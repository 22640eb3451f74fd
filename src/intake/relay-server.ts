import type { Socket } from 'node:net';
import { SMTPServer } from 'smtp-server';
import type { IntakeContext } from './intake-context.ts';
import { bug } from './log-lines.ts';
import { SmtpSession } from './smtp-session.ts';

/** All sessions, on whatever address they came in. The library's own listener stays unused. */
export class RelayServer extends SMTPServer {
  readonly #context: IntakeContext;
  readonly #sessions = new Map<Socket, SmtpSession>();
  readonly #sweep: NodeJS.Timeout;
  #count = 0;

  constructor(context: IntakeContext) {
    // hideSTARTTLS: no certificate, no warning about the library's own. authOptional: mail is served without AUTH.
    super({
      name: context.options.hostname,
      hideSTARTTLS: true,
      authOptional: true,
      hideENHANCEDSTATUSCODES: false,
    });
    this.#context = context;
    // The library answers 451 when a command handler throws, which is a bug of ours, and tells only its logger.
    this.logger.error = (entry: unknown) => {
      context.ports.log(
        bug(undefined, typeof entry === 'object' && entry !== null && 'err' in entry ? entry.err : entry),
      );
    };
    // One timer for all: a timer a connection would be reset with every octet.
    const intervalMs = Math.min(
      Math.max(Math.min(context.options.timeoutMs, context.options.stressTimeoutMs) / 10, 10),
      5000,
    );
    this.#sweep = setInterval(() => {
      this.#checkDeadlines();
      context.admission.purge();
    }, intervalMs);
  }

  override connect(socket: Socket): void {
    this.#count += 1;
    const session = new SmtpSession(this, socket, `${this.#count}`, this.#context);
    this.connections.add(session);
    this.#sessions.set(socket, session);
    socket.once('close', () => {
      this.#sessions.delete(socket);
      this.#context.admission.leave(session.remoteAddress);
    });
    session.init();
  }

  /** Tells every client to go, once its message is answered. Resolves when all are gone. */
  async drain(): Promise<void> {
    const gone = Array.from(
      this.#sessions.keys(),
      (socket) => new Promise((resolve) => socket.once('close', resolve)),
    );
    for (const session of this.#sessions.values()) session.drain();
    await Promise.all(gone);
  }

  /** Cuts whoever is still there. */
  end(): void {
    clearInterval(this.#sweep);
    for (const socket of this.#sessions.keys()) socket.destroy();
  }

  #checkDeadlines(): void {
    const now = performance.now();
    for (const session of this.#sessions.values()) session.checkDeadline(now);
  }
}
