import type { Redis } from 'ioredis';
import type { Message } from '../core/mail/message.ts';
import type { Log } from '../core/log/log-event.ts';
import { accept, type Incoming } from './intake/accept.ts';
import { openAlarms } from './alarms/alarms.ts';
import { flushNamed, flushQueue, type Flushed } from './operator/flush.ts';
import { listQueue, type QueuedDelivery } from './operator/inspect.ts';
import { openIntentLog } from './lease/intent-log.ts';
import { deleteMessage, releaseMessage, type Released } from './operator/intervene.ts';
import { keyBase, notedChannel, relayClientName, wakeChannel } from './forms/keys.ts';
import { LEASE_MS } from './lease/lease-term.ts';
import { asQueueError, type QueueError } from './redis/queue-error.ts';
import { openQueueStore } from './store/queue-store.ts';
import { createRecordShelf } from './lease/record-shelf.ts';
import { startRedisWatch } from './watch/redis-watch.ts';
import { connectRedis, openConnection, type RedisAddress } from './redis/redis.ts';
import type { UnfinishedFacts } from './scripts/unfinished.ts';
import type { Run } from './serve/serve.ts';
import { startServing, type Serving, type ServingPorts } from './start-serving.ts';
import type { StoreFacts, Watermarks } from './watch/store-state.ts';
import { suspendedNow } from './store/suspensions.ts';
import { openUnfinished, removeUnfinished } from './intake/unfinished.ts';

export type { QueuedDelivery } from './operator/inspect.ts';
export type { Run } from './serve/serve.ts';

export interface QueueOptions {
  readonly address: RedisAddress;
  readonly prefix: string;
  /** Take a Redis that can lose mail; the operator said so. */
  readonly allowUnsafe: boolean;
  /** Nobody else uses this Redis: what is claimed at start was claimed by a dead predecessor. */
  readonly soleUser: boolean;
  /** Begin although Redis is away, and work as soon as it is there. Otherwise that is an error. */
  readonly mayBeAway?: boolean;
  readonly marks: Watermarks;
  /** How long a client may wait for the reply to its message. */
  readonly acceptTimeoutMs: number;
  /** Between two attempts. What would wait for longer was put off by a clock that was ahead. */
  readonly longestWaitMs: number;
}

export interface QueuePorts {
  readonly now: () => number;
  readonly log: Log;
  /** Of the disk that Redis writes to, where that is ours. */
  readonly freeDiskBytes?: () => Promise<number>;
}

export interface Queue {
  /** Why nothing is taken now; undefined while all is well. */
  refusal(): QueueError | undefined;
  /** Resolves when the message is on stable storage. Throws QueueError, at once while nothing is taken. */
  accept(incoming: Incoming): Promise<Message>;
  /**
   * Starts to deliver; call once. Calls `run` for up to `busy` destinations at which something happens, and up to `quiet`
   * others (default 0), whose hosts keep us waiting.
   */
  serve(run: Run, busy: number, quiet?: number): Promise<void>;
  list(): AsyncIterable<QueuedDelivery>;
  /** Makes everything deferred due now; the number of deliveries. */
  flush(): Promise<number>;
  /** The same of what these names stand for. */
  flushNamed(names: readonly string[]): Promise<readonly Flushed[]>;
  /** Makes what is held of a message due now. */
  release(queueId: string): Promise<Released>;
  /** Forgets a message, whoever still waits for it; false when there is none of that id. */
  delete(queueId: string): Promise<boolean>;
  /** How many destinations are left alone. Rejects at once while Redis is away. */
  suspended(): Promise<number>;
  /** Undefined while all is well, else what is wrong with Redis. */
  trouble(): string | undefined;
  /** How full the store is, as far as is known. */
  fill(): StoreFacts | undefined;
  /** Content of messages that are not complete. Throws QueueError. */
  unfinished(): Promise<UnfinishedFacts>;
  stopServing(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Connects to Redis and checks that it keeps what it is given, at start and all the time.
 * Throws QueueError when it is not safe, does not let us in, or cannot be reached and must be.
 */
export async function openQueue(options: QueueOptions, ports: QueuePorts): Promise<Queue> {
  const { address, prefix, acceptTimeoutMs } = options;
  const { log, now } = ports;
  const base = keyBase(prefix);
  // A quarter of the time is for finding out what became of a command that was not answered.
  const ambiguousMs = acceptTimeoutMs / 4;
  const commandMs = acceptTimeoutMs - ambiguousMs;
  const intake = connectRedis(address, { patience: 'impatient', timeoutMs: commandMs });
  const commands = connectRedis(address, { patience: 'patient', name: relayClientName(prefix) });
  let serving: Serving | undefined;

  const watch = await startRedisWatch({ ...options, ...ports, base });
  const first = watch.state();
  const isAway = first.kind === 'away';
  try {
    if (isAway && options.mayBeAway !== true) throw first.error;
    if (isAway) reachInTime(intake, commands);
    else for (const connection of [intake, commands]) await openConnection(connection);
  } catch (error) {
    watch.stop();
    intake.disconnect();
    commands.disconnect();
    throw asQueueError(error);
  }
  const alarms = openAlarms(address, prefix, commands, log);
  const store = openQueueStore(commands, base);
  const intakeStore = openQueueStore(intake, base);
  let connections = 0;
  commands.on('ready', () => (connections += 1));
  const shared: ServingPorts = {
    redis: commands,
    base,
    store,
    alarms,
    now,
    log,
    longestWaitMs: options.longestWaitMs,
    recordIntent: openIntentLog(store, LEASE_MS),
    records: createRecordShelf(store),
    connections: () => connections,
  };
  if (options.soleUser) await forgetPredecessor(shared);
  const unfinished = openUnfinished({ store, now });

  const lastMoment = (): number => watch.clock() + commandMs;
  watch.onMove(() => {
    // They lead to the old one and would go on doing so; a patient one sends again what was not answered.
    intake.disconnect(true);
    commands.disconnect(true);
  });
  const refusal = (): QueueError | undefined => {
    const state = watch.state();
    return state.kind === 'well' ? undefined : state.error;
  };
  return {
    refusal,
    async accept(incoming) {
      const reason = refusal();
      if (reason !== undefined) throw reason;
      const ambiguous = { store, now, log };
      try {
        return await accept(incoming, {
          redis: intake,
          base,
          store: intakeStore,
          alarms,
          unfinished,
          now,
          lastMoment,
          ambiguousMs,
          ambiguous,
        });
      } catch (error) {
        watch.suspect(error);
        throw error;
      }
    },
    async serve(run, busy, quiet = 0) {
      const subscriber = connectRedis(address, { patience: 'patient' });
      serving = startServing(run, { busy, quiet, prefix }, shared, { watch, subscriber });
      const listening = subscriber.subscribe(wakeChannel(prefix), notedChannel(prefix));
      // One that is away is subscribed to when it comes.
      if (isAway) listening.catch(() => {});
      else await listening;
    },
    list: () => listQueue(shared),
    flush: () => flushQueue(shared),
    flushNamed: (names) => flushNamed(names, shared),
    async release(queueId) {
      const outcome = await releaseMessage(queueId, shared);
      if (outcome === 'released') await store.note({ queueId, act: 'released', at: now() });
      return outcome;
    },
    async delete(queueId) {
      const isDeleted = await deleteMessage(queueId, shared);
      if (isDeleted) await store.note({ queueId, act: 'deleted', at: now() });
      return isDeleted;
    },
    async suspended() {
      const state = watch.state();
      if (state.kind === 'away') throw state.error;
      return (await suspendedNow(intakeStore, now())).size;
    },
    trouble: () => watch.trouble(),
    fill: () => watch.facts(),
    unfinished: () => store.unfinished(),
    async stopServing() {
      await serving?.stop();
    },
    async close() {
      watch.stop();
      unfinished.stop();
      await alarms.close().catch(() => {});
      intake.disconnect();
      commands.disconnect();
    },
  };
}

/** They go on trying by themselves once they have begun. */
function reachInTime(...connections: readonly Redis[]): void {
  for (const connection of connections) connection.connect().catch(() => {});
}

/** At start as the sole user: every alarm and every ownership is a dead process's; `sweep` sets the alarms anew. */
async function forgetPredecessor({ redis, base, store, alarms }: ServingPorts): Promise<void> {
  await alarms.clear();
  const destinations = await store.destinations();
  await removeUnfinished(redis, base);
  for (const destination of destinations) {
    await redis.del(`${base}owner:${destination}`);
    await store.rewake({ destination, at: 0 });
  }
}
