import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Confirmable } from '../core/confirmable.ts';
import type { LeavingMessage } from '../core/leaving/leaving.ts';
import type { Message } from '../core/mail/message.ts';
import type { Log } from '../core/log/log-event.ts';
import { inOrder } from '../core/in-order.ts';
import { accept, type Incoming } from './intake/accept.ts';
import { openAlarms } from './alarms/alarms.ts';
import type { WaitingFacts } from '../core/diagnosis/make-view.ts';
import type { MessageAccount } from '../core/mail/account.ts';
import type { KeptAttempt, KeptFailure, KeptLimits } from '../core/mail/kept.ts';
import type { KnownKey, MessageHistory } from '../core/mail/history.ts';
import { accountOf } from './operator/account.ts';
import { pastAttempts, pastFailures } from './operator/past.ts';
import { waitingFor } from './operator/waiting-for.ts';
import { receiptsOf } from './operator/receipts.ts';
import { knownKey, messageHistory } from './operator/message-history.ts';
import { openExceptions, type ExceptionStore } from './operator/exceptions.ts';
import { openTlsReports, type TlsReportStore } from './store/tls-reports.ts';
import { openStickyMemories, type StickyMemories } from './operator/sticky-memory.ts';
import { openWhatIfCounts, type WhatIfStore } from './operator/what-if-counts.ts';
import { openDestinationHealth, type DestinationHealthStore } from './operator/destination-health.ts';
import { openStsPolicies, type StsPolicyStore } from './operator/sts-policies.ts';
import { openRecordWatches, type RecordWatchStore } from './operator/record-watches.ts';
import { flushNamed, flushQueue, flushWhere, type Flushed } from './operator/flush.ts';
import { listQueue, type ListWishes } from './operator/inspect.ts';
import type { QueuedDelivery } from './operator/queued-delivery.ts';
import { overview, type Overview } from './operator/overview.ts';
import { countRelays } from './count-relays.ts';
import { countAway, takeBack } from './drain/away.ts';
import { drainQueue, type DrainOptions, type DrainResult } from './drain/drain-queue.ts';
import { openIntentLog } from './lease/intent-log.ts';
import { pageOfQueue, type PageWishes, type QueuePage } from './operator/page-of-queue.ts';
import { leavingMessages, type LeavingWishes } from './operator/leaving.ts';
import { listMessages, readMessage, type QueuedMessage } from './operator/messages.ts';
import { untilNoted } from './operator/notes.ts';
import { steer, type Act, type Acted } from './operator/steer.ts';
import { countEntries, sortedDestinations } from './operator/walk.ts';
import { exceptedChannel, keyBase, notedChannel, relayClientName, wakeChannel } from './forms/keys.ts';
import { LEASE_MS, openLeaseTerms } from './lease/lease-term.ts';
import { asked, asQueueError, QueueError } from './redis/queue-error.ts';
import { createContentShelf } from './store/content-shelf.ts';
import { openQueueStore, type QueueStore } from './store/queue-store.ts';
import { openReplicaCheck, type ReplicaCheck } from './redis/replicas.ts';
import { createRecordShelf } from './lease/record-shelf.ts';
import { startRedisWatch } from './watch/redis-watch.ts';
import { connectRedis, openConnection, reopenElsewhere, targetOf, type RedisAddress } from './redis/redis.ts';
import type { UnfinishedFacts } from './scripts/unfinished.ts';
import { type Tell, walkQueue } from './operator/walk-queue.ts';
import type { Run } from './serve/serve.ts';
import { startServing, type Serving, type ServingPorts } from './start-serving.ts';
import type { StoreFacts, Watermarks } from './watch/store-state.ts';
import { suspendedNow } from './store/suspensions.ts';
import { openReplicaGate } from './intake/replica-gate.ts';
import { openUnfinished, removeUnfinished } from './intake/unfinished.ts';

export type { ExceptionNote, ExceptionStore } from './operator/exceptions.ts';
export type { TlsReportStore } from './store/tls-reports.ts';
export type { RememberedDestination, StickyMemories } from './operator/sticky-memory.ts';
export type { DestinationHealthStore, MailedDestination } from './operator/destination-health.ts';
export type { WhatIfStore } from './operator/what-if-counts.ts';
export type { ListedPolicy, StsPolicyStore } from './operator/sts-policies.ts';
export type { DrainMeant, DrainOptions, DrainResult, Stay } from './drain/drain-queue.ts';
export type { LeavingWishes } from './operator/leaving.ts';
export type { QueuedMessage } from './operator/messages.ts';
export type { ListWishes } from './operator/inspect.ts';
export type { QueuedDelivery } from './operator/queued-delivery.ts';
export { acts, type Act, type Acted } from './operator/steer.ts';
export type { QueueFilter } from '../core/delivery/queue-filter.ts';
export { BadCursor, type QueuePage } from './operator/page-of-queue.ts';
export { QueueError } from './redis/queue-error.ts';
export type { Place } from './operator/walk.ts';
export type { Run } from './serve/serve.ts';

export interface QueueOptions {
  readonly address: RedisAddress;
  readonly prefix: string;
  /** Accept a Redis that can lose mail, because the settings allow it. */
  readonly allowUnsafe: boolean;
  /** What the operator vouches for, where Redis does not tell it. */
  readonly confirmed?: readonly Confirmable[];
  /** No other process uses this Redis: claims that exist at start belong to a dead predecessor. */
  readonly soleUser: boolean;
  /** Begin even if Redis is away, and work as soon as it is there. Otherwise an absent Redis is an error. */
  readonly mayBeAway?: boolean;
  readonly marks: Watermarks;
  /** How long a client may wait for the reply to its message. */
  readonly acceptTimeoutMs: number;
  /** How long replicas (`marks.minReplicas`) are waited for after a message was stored; default: two seconds. */
  readonly replicaTimeoutMs?: number;
  /** Longest time between two attempts. Whatever would wait longer was scheduled by a clock that was ahead. */
  readonly longestWaitMs: number;
  /** What may be kept of attempts that are over; absent: nothing. */
  readonly kept?: KeptLimits | undefined;
  /** How much is kept of receipts; absent: no relay makes any. */
  readonly receipts?: KeptLimits | undefined;
}

export interface QueuePorts {
  readonly now: () => number;
  readonly log: Log;
  /** Is told how many milliseconds Redis took to answer the look at it. */
  readonly looked?: (tookMs: number) => void;
  /** Free space of the disk that Redis writes to, if the relay manages it. */
  readonly freeDiskBytes?: () => Promise<number>;
}

export interface Queue {
  /** Why no message is accepted now; undefined while all is well. */
  refusal(): QueueError | undefined;
  /** Resolves when Redis was looked at again, which happens all the time, whatever was found. */
  nextLook(): Promise<void>;
  /**
   * Resolves when the message is on stable storage. Throws QueueError, and at once while no message is accepted;
   * QUEUE_TAKEN if its source was accepted before.
   */
  accept(incoming: Incoming): Promise<Message>;
  /** Forgets sources that are accepted only once, because nothing is left of them. Throws QueueError. */
  forgetTaken(names: readonly string[]): Promise<void>;
  /**
   * Starts to deliver; call once. Calls `run` for up to `busy` destinations at which something happens, and for up to
   * `quiet` others (default 0) whose hosts keep the relay waiting.
   */
  serve(run: Run, busy: number, quiet?: number): Promise<void>;
  /** What waits, or what of it is meant, destination by destination. */
  list(wishes?: ListWishes): AsyncIterable<QueuedDelivery>;
  /** Some of it at a time, with a bounded amount of work. */
  page(wishes: PageWishes): Promise<QueuePage>;
  /** The same message by message, each once. */
  messages(looked?: () => void): AsyncIterable<QueuedMessage>;
  /** One message; undefined if it does not wait. */
  message(queueId: string): Promise<QueuedMessage | undefined>;
  /** What is meant, whole, for another mail system: with envelopes, recipient by recipient. Throws QueueError. */
  leaving(wishes: LeavingWishes): AsyncIterable<LeavingMessage>;
  /** Messages that have left for another queue, and may be there. Throws QueueError. */
  away(): Promise<number>;
  /** Connections of others that work on this queue. Throws QueueError. */
  relays(): Promise<number>;
  /** Content of a message, in pieces. Rejects with any Error if it is not there. */
  content(queueId: string): AsyncIterable<Buffer>;
  /** What waits at the destinations with the most mail. Throws QueueError. */
  overview(most: number): Promise<Overview>;
  /** Number of deliveries that wait. */
  waiting(): Promise<number>;
  /**
   * Does that to a message, atomically, and leaves a note for the log. A delivery under way that has not come to its final
   * dot is cut short by `hold` and `delete`; any other goes on.
   */
  act(act: Act, queueId: string): Promise<Acted>;
  /** Moves messages to another queue, while relays work on both: see `drainQueue`. Throws QueueError. */
  drain(options: DrainOptions): Promise<DrainResult>;
  /** Puts on hold what has left for another queue and may be there; resolves to its ids. Throws QueueError. */
  takeBack(stopping: AbortSignal): Promise<readonly string[]>;
  /** Lets clients hand over mail again after a drain has stopped that. Throws QueueError. */
  openIntake(): Promise<void>;
  /** Between many acts: resolves when the log of the relays has caught up, or after a while. */
  untilNoted(): Promise<void>;
  /** Tells of all that waits, slowly: see `walkQueue`. */
  walk(tell: Tell, signal: AbortSignal): Promise<void>;
  /** Makes everything deferred due now; resolves to the number of deliveries. */
  flush(): Promise<number>;
  /** The same for what these names stand for. */
  flushNamed(names: readonly string[]): Promise<readonly Flushed[]>;
  /** The same for the destinations that are meant. */
  flushWhere(isMeant: (destination: string) => boolean): Promise<number>;
  readonly exceptions: ExceptionStore;
  /** The MTA-STS policies of destinations. */
  readonly stsPolicies: StsPolicyStore;
  /** Which destinations were proved by DANE. The same. */
  readonly sticky: StickyMemories;
  /** What was counted of policies that are tried out. The same. */
  readonly whatIf: WhatIfStore;
  /** What checks of the destinations that are mailed have found. The same. */
  readonly health: DestinationHealthStore;
  readonly recordWatches: RecordWatchStore;
  /** Calls back whenever exceptions may have changed, from `serve` on. */
  onExceptions(changed: () => void): void;
  /** Number of suspended destinations. Rejects at once while Redis is away. */
  suspended(): Promise<number>;
  /** What is known of a message of a submitter. Throws QueueError, at once while Redis is away. */
  history(queueId: string): Promise<MessageHistory | undefined>;
  /** Everything that is known of a message; undefined if that is nothing. Throws QueueError. */
  account(queueId: string): Promise<MessageAccount | undefined>;
  /**
   * Attempts that are over, to deliver to an address or to a destination, or in the name of an address; the newest
   * first. Throws QueueError.
   */
  past(kind: 'address' | 'destination', name: string): AsyncIterable<KeptAttempt>;
  /** The evidence of the last failed attempt of a message; undefined if none is kept. Throws QueueError. */
  failure(queueId: string, destination: string): Promise<KeptFailure | undefined>;
  /** Receipts of a message (JWS), in the order of its recipients. Throws QueueError. */
  receipts(queueId: string): Promise<readonly string[]>;
  /** What waits for a destination, and why; undefined if nothing does. Throws QueueError. */
  waitingFor(destination: string): Promise<WaitingFacts | undefined>;
  /** Events for webhooks: takes some that are due, says what came of one, tells how many were dropped. The same. */
  readonly events: Pick<QueueStore, 'takeEvents' | 'settleEvent' | 'droppedEvents'>;
  readonly tlsReports: TlsReportStore;
  /** What was accepted for the key of a request. The same. */
  knownKey(key: string): Promise<KnownKey | undefined>;
  /** What is wrong with Redis; undefined while all is well. */
  trouble(): string | undefined;
  /** How often the connection for commands was made again. */
  reconnects(): number;
  /** How full the store is, as far as that is known. */
  fill(): StoreFacts | undefined;
  /** Content of incomplete messages. Throws QueueError. */
  unfinished(): Promise<UnfinishedFacts>;
  stopServing(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Connects to Redis and checks, at start and continuously, that it keeps what it is given. Throws QueueError if it is
 * not safe, refuses the login, or cannot be reached although it must be.
 */
export async function openQueue(options: QueueOptions, ports: QueuePorts): Promise<Queue> {
  const { prefix, acceptTimeoutMs } = options;
  const target = targetOf(options.address);
  const { log, now } = ports;
  const base = keyBase(prefix);
  // A quarter of the time is reserved for finding out what became of an unanswered command.
  const ambiguousMs = acceptTimeoutMs / 4;
  const commandMs = acceptTimeoutMs - ambiguousMs;
  const intake = connectRedis(target, { patience: 'impatient', timeoutMs: commandMs });
  const commands = connectRedis(target, { patience: 'patient', name: relayClientName(prefix) });
  let serving: Serving | undefined;
  const exceptionListeners: (() => void)[] = [];

  const { replicaTimeoutMs: timeoutMs = REPLICA_TIMEOUT_MS } = options;
  const watch = await startRedisWatch({ ...options, ...ports, target, base, replicaTimeoutMs: timeoutMs });
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
  const alarms = openAlarms(target, prefix, commands, log);
  const store = openQueueStore(commands, base);
  const intakeStore = openQueueStore(intake, base);
  const { minReplicas = 0 } = options.marks;
  const checkOf = (redis: Redis): ReplicaCheck | undefined =>
    minReplicas === 0
      ? undefined
      : openReplicaCheck({
          redis,
          base,
          minReplicas,
          timeoutMs,
          onShortage: (error) => watch.lacksReplicas(error),
        });
  const check = checkOf(intake);
  const storeCheck = checkOf(commands);
  const replicas = check && storeCheck && openReplicaGate({ check, storeCheck, store, alarms, timeoutMs });
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
    kept: options.kept,
    receipts: options.receipts,
    recordIntent: openIntentLog(store, LEASE_MS, storeCheck),
    terms: openLeaseTerms(store),
    records: createRecordShelf(store),
    contents: createContentShelf(now),
    connections: () => connections,
  };
  if (options.soleUser) await forgetPredecessor(shared);
  const unfinished = openUnfinished({ store, now });

  const lastMoment = (): number => watch.clock() + commandMs;
  watch.onMove((runId) => {
    for (const connection of [intake, commands]) reopenElsewhere(connection, runId);
  });
  // Whoever asks does not wait for a Redis that is away.
  const looking = { ...shared, redis: intake, store: intakeStore };
  const refusal = (): QueueError | undefined => {
    const state = watch.state();
    if (state.kind !== 'well') return state.error;
    // After a failover the watch is there first.
    return intake.status === 'ready' ? undefined : unreachable;
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
          replicas,
          contents: serving === undefined ? undefined : shared.contents,
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
      const subscriber = connectRedis(target, { patience: 'patient' });
      serving = startServing(run, { busy, quiet, prefix }, shared, { watch, subscriber });
      const tellExceptions = (): void => {
        for (const changed of exceptionListeners) changed();
      };
      subscriber.on('message', (channel: string) => {
        if (channel === exceptedChannel(prefix)) tellExceptions();
      });
      // What was said while it was away was not heard.
      subscriber.on('ready', tellExceptions);
      const channels = [wakeChannel(prefix), notedChannel(prefix), exceptedChannel(prefix)];
      const listening = subscriber.subscribe(...channels);
      // A Redis that is away is subscribed to when it comes back.
      if (isAway) listening.catch(() => {});
      else await listening;
    },
    // Whoever asks goes on without an answer while Redis is away.
    exceptions: openExceptions(intakeStore, now),
    stsPolicies: openStsPolicies(intakeStore),
    sticky: openStickyMemories(intakeStore),
    whatIf: openWhatIfCounts(intakeStore),
    health: openDestinationHealth(intakeStore),
    recordWatches: openRecordWatches({ store: intakeStore, alarms, now }),
    onExceptions: (changed) => exceptionListeners.push(changed),
    forgetTaken: (names) => store.forgetTaken(names),
    list: (wishes) => listQueue(shared, wishes),
    page: (wishes) => pageOfQueue(shared, wishes),
    messages: (looked) => listMessages(shared, looked),
    message: (queueId) => readMessage(queueId, shared),
    leaving: (wishes) => leavingMessages(shared, wishes),
    away: () => asked(countAway(commands, base)),
    relays: () => countRelays(commands, prefix),
    content: (queueId) => store.content(queueId),
    overview: (most) => asked(overview(most, shared)),
    waiting: async () => countEntries(await sortedDestinations(shared), shared),
    walk: (tell, signal) => walkQueue(tell, { redis: intake, base, store: intakeStore, now, signal }),
    flush: () => flushQueue(shared),
    flushWhere: (isMeant) => flushWhere(isMeant, shared),
    flushNamed: (names) => flushNamed(names, shared),
    act: (act, queueId) => steer(act, queueId, shared),
    drain: (wishes) => drainQueue(wishes, shared),
    takeBack: (stopping) => asked(takeBack(shared, stopping)),
    openIntake: async () => void (await asked(commands.del(`${base}closed`))),
    untilNoted: () => untilNoted(commands, base, (ms) => sleep(ms)),
    account: (queueId) => asked(accountOf(queueId, looking)),
    past: (kind, name) => pastAttempts({ kind, name }, looking),
    failure: async (queueId, destination) =>
      (await asked(pastFailures(queueId, [destination], looking)))[0]?.failure,
    receipts: (queueId) => asked(receiptsOf(queueId, looking)),
    waitingFor: (destination) => asked(waitingFor(destination, looking)),
    events: intakeStore,
    tlsReports: openTlsReports(looking),
    history: (queueId) => asked(messageHistory(queueId, { redis: intake, base })),
    knownKey: (key) => asked(knownKey(key, { redis: intake, base })),
    async suspended() {
      const state = watch.state();
      if (state.kind === 'away') throw state.error;
      return (await suspendedNow(intakeStore, now())).size;
    },
    // The watch looks once a second; a connection knows at once that it was lost.
    trouble: () => watch.trouble() ?? (intake.status === 'ready' ? undefined : unreachable.message),
    reconnects: () => connections,
    fill: () => watch.facts(),
    nextLook: () => watch.nextLook(),
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

/** A start waits for all of them: Redis waits for the disk once for so many. */
const FORGOTTEN_AT_ONCE = 100;

const REPLICA_TIMEOUT_MS = 2_000;

const unreachable = new QueueError('QUEUE_UNAVAILABLE', 'Redis is not reachable');

/** Once they have begun, they keep trying by themselves. */
function reachInTime(...connections: readonly Redis[]): void {
  for (const connection of connections) connection.connect().catch(() => {});
}

/**
 * At the start of the sole user, every alarm and every lease belongs to a dead process. `sweep` sets the alarms again.
 */
async function forgetPredecessor({ redis, base, store, alarms }: ServingPorts): Promise<void> {
  await alarms.clear();
  const destinations = await store.destinations();
  await removeUnfinished(redis, base);
  const forget = (destination: string): Promise<unknown> =>
    Promise.all([redis.del(`${base}owner:${destination}`), store.rewake({ destination, at: 0 })]);
  for await (const _ of inOrder(destinations, FORGOTTEN_AT_ONCE, forget));
}
