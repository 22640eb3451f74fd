import { createServer, type Server } from 'node:net';
import { LoginFailures } from '../../core/sasl-server/login-failures.ts';
import { createMemoryBudget, type MemoryBudget } from '../../core/memory-budget.ts';
import { ClientLimits } from '../../core/intake/client-limits.ts';
import type { Door } from '../../core/intake/door.ts';
import { openDoor } from '../door.ts';
import { SenderLimits } from '../../core/intake/sender-limits.ts';
import type { IntakeOptions, IntakePorts } from '../intake-options.ts';
import { listen } from './listen.ts';
import { createAdmission } from '../admission.ts';
import type { IntakeContext } from '../intake-context.ts';
import { memoryUsedUp } from '../log-lines.ts';
import { pickUp, type DroppedMessage } from '../pickup.ts';
import { parseNetworks } from '../networks.ts';
import { RelayServer } from './relay-server.ts';

export interface Intake {
  /** For clients that do not speak SMTP. */
  readonly door: Door;
  /** Memory for envelopes and contents of clients, whatever they speak. */
  readonly memory: MemoryBudget;
  /** Its unix sockets, in words. */
  readonly sockets: readonly string[];
  /** Where it listens on TCP, in the order asked for. */
  readonly addresses: readonly { readonly host: string; readonly port: number }[];
  /** Takes a message of the maildrop; resolves to a reply. Never rejects. */
  readonly pickUp: (dropped: DroppedMessage) => Promise<string>;
  /**
   * Stops accepting connections and tells clients 421. Messages under way may end until `giveUp` is aborted. The rest are
   * cut off, and lost to nobody: no 250 was said of them.
   */
  readonly stop: (giveUp: AbortSignal) => Promise<void>;
}

/** Opens the SMTP server. Rejects if it cannot listen on an address, or if a network is malformed. */
export async function startIntake(options: IntakeOptions, ports: IntakePorts): Promise<Intake> {
  const isExempt = parseNetworks(options.clientEventLimitExceptions);
  const clients = new ClientLimits(options, isExempt, () => performance.now());
  const senders = new SenderLimits(options, () => performance.now());
  const admission = createAdmission(options, ports, parseNetworks(options.networks), clients, senders);
  const memory = createMemoryBudget(options.memoryLimitBytes, () =>
    ports.log(memoryUsedUp(memory.limitBytes)),
  );
  const failures = new LoginFailures(options.loginFailureDelayMs);
  const context: IntakeContext = { options, ports, admission, failures, memory, underWay: new Set() };
  const server = new RelayServer(context);
  const listeners: Server[] = [];
  try {
    for (const one of options.listeners) {
      let isUnix = one.at.kind === 'unix';
      // A client may close its side after its last command and still wait for the reply.
      const listener = createServer({ allowHalfOpen: true }, (socket) => server.connect(socket, one, isUnix));
      listeners.push(listener);
      await listen(listener, one.at);
      // Asked once: it is a question to the kernel.
      isUnix = isLocal(listener);
      // A connection that cannot be accepted (ENOBUFS and the like) is lost; the client tries again.
      listener.on('error', () => {});
    }
  } catch (error) {
    await Promise.all(listeners.map(closeListener));
    server.end();
    throw error;
  }
  return {
    addresses: listeners.flatMap(addressOf),
    sockets: listeners.flatMap((listener, index) =>
      isLocal(listener) ? [options.listeners[index]?.where ?? ''] : [],
    ),
    memory,
    door: openDoor(context),
    pickUp: (dropped) => pickUp(dropped, context),
    async stop(giveUp) {
      const closed = Promise.all([...listeners.map(closeListener), server.drain()]);
      const givenUp = new Promise<void>((resolve) => {
        if (giveUp.aborted) resolve();
        giveUp.addEventListener('abort', () => resolve(), { once: true });
      });
      await Promise.race([Promise.all([closed, ...context.underWay]), givenUp]);
      server.end();
      await closed;
    },
  };
}

function closeListener(listener: Server): Promise<void> {
  return new Promise((resolve) => {
    listener.close(() => resolve());
  });
}

/** Whether it is a unix socket, which has no address, or a path for one. */
function isLocal(listener: Server): boolean {
  const address = listener.address();
  return address === null || typeof address === 'string';
}

function addressOf(listener: Server): readonly { host: string; port: number }[] {
  const address = listener.address();
  return address === null || typeof address === 'string'
    ? []
    : [{ host: address.address, port: address.port }];
}
