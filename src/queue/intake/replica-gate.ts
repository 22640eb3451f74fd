import type { Alarms } from '../alarms/alarms.ts';
import type { ReplicaCheck } from '../redis/replicas.ts';
import type { Admission } from '../scripts/admit.ts';
import type { Wakeup } from '../scripts/wakeup.ts';
import type { QueueStore } from '../store/queue-store.ts';

/** A message that is in place at the master. */
export interface Placed extends Admission {
  /** Those that placing it has given. */
  readonly wakeups: readonly Wakeup[];
}

/** Between the moment at which a message is in place at the master, and the 250. */
export interface ReplicaGate {
  /** When a message is to fall due that is placed now: later than anybody still waits for its replicas. Epoch ms. */
  dueAt(now: number): number;
  /**
   * Resolves once enough replicas have the message, which was placed over the connection of this gate just now; it is due
   * then. Otherwise throws QueueError: it is in place, but must not be acknowledged.
   */
  pass(message: Placed): Promise<void>;
  /** The same of all that was placed before, if an answer over the connection of this gate has just told that it is there. */
  passAll(): Promise<void>;
  /** The same if an answer over the connection of the store has told that. */
  passStored(): Promise<void>;
}

export interface ReplicaGatePorts {
  /** Of the connection over which messages are placed. */
  readonly check: ReplicaCheck;
  /** Of the connection of the store, which may lead to another server for a moment. */
  readonly storeCheck: Pick<ReplicaCheck, 'all'>;
  readonly store: Pick<QueueStore, 'admit'>;
  readonly alarms: Pick<Alarms, 'wake'>;
  readonly timeoutMs: number;
}

export function openReplicaGate({
  check,
  storeCheck,
  store,
  alarms,
  timeoutMs,
}: ReplicaGatePorts): ReplicaGate {
  let passed: Placed[] = [];

  /** Nobody waits for this: what is not admitted falls due by itself soon, and the sweeper wakes its destinations. */
  async function admitAll(): Promise<void> {
    const messages = passed;
    passed = [];
    const more = await store.admit({ messages }).catch(() => []);
    void alarms.wake([...messages.flatMap(({ wakeups }) => wakeups), ...more]);
  }

  return {
    dueAt: (now) => now + DUE_AFTER * timeoutMs,
    async pass(message) {
      await check.written();
      if (passed.length === 0) setImmediate(() => void admitAll());
      passed.push(message);
    },
    passAll: () => check.all(),
    passStored: () => storeCheck.all(),
  };
}

/** Two questions may come one after the other, and then the message is taken back. */
const DUE_AFTER = 3;
