import type { Confirmable } from '../../core/confirmable.ts';
import type { Log } from '../../core/log/log-event.ts';
import {
  asQueueError,
  isForOperator,
  isOutOfMemory,
  QueueError,
  queueWords,
  ReplicaError,
  refusalIn,
} from '../redis/queue-error.ts';
import { isSilence } from '../redis/redis-words.ts';
import {
  assertSafe,
  connectRedis,
  openConnection,
  reopenElsewhere,
  runIdIn,
  type RedisTarget,
} from '../redis/redis.ts';
import { openReplicaCheck } from '../redis/replicas.ts';
import { openQueueStore } from '../store/queue-store.ts';
import { isSameMaster, showPlace, type KnownMaster } from '../redis/newest-master.ts';
import {
  mailRefused,
  mailTakenAgain,
  masterChanged,
  rewriteFailed,
  rewritten,
  takenOnTrust,
} from '../log/log-lines.ts';
import {
  factsOf,
  judgeStore,
  unfinishedPart,
  type StoreFacts,
  type StoreState,
  type Watermarks,
} from './store-state.ts';

export interface RedisWatchOptions {
  readonly target: RedisTarget;
  readonly base: string;
  /** The settings say that it need not be safe. */
  readonly allowUnsafe: boolean;
  /** What the operator vouches for. */
  readonly confirmed?: readonly Confirmable[] | undefined;
  readonly marks: Watermarks;
  /** How long replicas are waited for. */
  readonly replicaTimeoutMs: number;
  /** Free space of the disk that Redis writes to, if the relay manages it. */
  readonly freeDiskBytes?: () => Promise<number>;
  readonly log: Log;
  readonly now: () => number;
  /** Is told how many milliseconds Redis took to answer. */
  readonly looked?: (tookMs: number) => void;
}

/** Checks Redis once a second, so that no client has to find out. */
export interface RedisWatch {
  state(): StoreState;
  /** What is wrong, in words for the operator, even if it stops no mail. */
  trouble(): string | undefined;
  /** The last finding. */
  facts(): StoreFacts | undefined;
  /** Notes a failed command. If Redis refuses to work, nothing is tried until it is seen to work again. */
  suspect(error: unknown): void;
  /** Notes that too few replicas had something in time: nothing is done until they are seen to follow again. */
  lacksReplicas(error: QueueError): void;
  /** Calls back whenever the kind of state changes. */
  onChange(listener: (state: StoreState) => void): void;
  /**
   * Calls back when connections that do not lead to the Redis with this run id should be opened again, or all of them:
   * another one answers, or it was silent.
   */
  onMove(listener: (runId: string | undefined) => void): void;
  /** The clock of Redis now, epoch ms. */
  clock(): number;
  /** Resolves when Redis was looked at again, whatever was found. */
  nextLook(): Promise<void>;
  stop(): void;
}

const LOOK_MS = 1_000;
/** A Redis that takes longer to answer INFO does nothing else in time either. */
const PATIENCE_MS = 3_000;

/**
 * Resolves after the first look at Redis. Throws QueueError if only the operator can help, because Redis is not safe or
 * refuses the login.
 */
export async function startRedisWatch(options: RedisWatchOptions): Promise<RedisWatch> {
  const { target, base, allowUnsafe, marks, freeDiskBytes, log, now } = options;
  // Without the ready check it can also ask a Redis that is still loading.
  const redis = connectRedis(target, { patience: 'impatient', timeoutMs: PATIENCE_MS, readyCheck: false });
  const store = openQueueStore(redis, base);
  const { minReplicas = 0 } = marks;
  // Replicas may have more time than INFO has.
  const timeoutMs = options.replicaTimeoutMs;
  const asker = connectRedis(target, { patience: 'impatient', timeoutMs: timeoutMs + PATIENCE_MS });
  const replicas = openReplicaCheck({ redis: asker, base, minReplicas, timeoutMs });
  const listeners: ((state: StoreState) => void)[] = [];
  const moveListeners: ((runId: string | undefined) => void)[] = [];
  let state: StoreState = { kind: 'well' };
  let facts: StoreFacts | undefined;
  let since = now();
  let suspected = false;
  let seenId: string | undefined;
  let wasSilent = false;
  /** The one that the Sentinels named last. */
  let master: KnownMaster | undefined;
  let sentinelTrouble: string | undefined;
  let onWord = '';
  // Whether Redis can be asked for them at all shows at the start.
  let isShort = minReplicas > 0;
  let clockAheadMs = 0;
  let connectError = '';
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  const waiting: (() => void)[] = [];
  redis.on('error', (error: Error) => (connectError = queueWords(error)));

  function enter(next: StoreState): void {
    const before = state;
    state = next;
    // Whoever waits for a Redis that was away has to hear that it came back as one that only the operator can mend.
    const isNews = needsOperator(next) && !needsOperator(before);
    const isSame = before.kind === next.kind && isBlocked(before) === isBlocked(next);
    if ((isSame && !isNews) || isStopped) return;
    if (next.kind === 'well') {
      log(mailTakenAgain(Math.round((now() - since) / 1000)));
    } else {
      // There is one line for each outage, even if the wording of the reason changes.
      if (before.kind === 'well') since = now();
      if (before.kind !== next.kind || isNews) log(mailRefused(next.error));
    }
    if (isSame) return;
    for (const listener of listeners) listener(next);
  }

  function note(found: StoreFacts): void {
    if (found.rewriteFailed !== (facts?.rewriteFailed ?? false)) {
      log(found.rewriteFailed ? rewriteFailed(rewriteTrouble) : rewritten());
    }
    facts = found;
  }

  function noteWord(names: readonly Confirmable[]): void {
    if (names.join() === onWord) return;
    onWord = names.join();
    if (names.length > 0) log(takenOnTrust(names));
  }

  async function look(): Promise<StoreState> {
    await askSentinels();
    if (redis.status === 'wait') await openConnection(redis);
    if (redis.status !== 'ready') throw unavailable(connectError || 'Redis is not reachable');
    const asked = now();
    const [info, time] = await Promise.all([redis.info(), redis.time()]);
    options.looked?.(now() - asked);
    clockAheadMs = Number(time[0]) * 1000 + Number(time[1]) / 1000 - (asked + now()) / 2;
    const loaded = /^loading:1/m.test(info) && (/^loading_loaded_perc:([\d.]+)/m.exec(info)?.[1] ?? '?');
    if (loaded) throw unavailable(`Redis is loading its data, ${loaded} % so far`);
    // This is only advice: a Redis that refuses to count it is as good as any other.
    const unfinished = await store.unfinished().catch((error: unknown) => {
      if (error instanceof QueueError && error.isRefusal) return undefined;
      throw error;
    });
    const [awayMessages, isClosed] = await Promise.all([
      redis.zcard(`${base}away`),
      redis.exists(`${base}closed`).then((count) => count === 1),
    ]);
    const said = factsOf(info, await freeDiskBytes?.());
    const found = { ...said, ...(unfinished && { unfinished }), awayMessages };
    note(found);
    lookBehind(runIdIn(info), found.isReplica);
    const judged = judgeStore(found, marks, state.kind === 'full');
    if (judged.kind === 'away') return judged;
    try {
      if (!allowUnsafe) noteWord(await assertSafe(redis, options.confirmed));
    } catch (error) {
      if (!(error instanceof ReplicaError)) throw error;
      // It has become one since INFO was read: it is away, and no operator has to mend it.
      note({ ...found, isReplica: true });
      lookBehind(seenId, true);
      throw error;
    }
    const written = suspected ? await tryToWrite(judged) : judged;
    const checked = isShort && !isBlocked(written) ? await askReplicas(written) : written;
    return checked.kind === 'well' && isClosed ? closed : checked;
  }

  async function askReplicas(found: StoreState): Promise<StoreState> {
    if (asker.status === 'wait') await openConnection(asker);
    await replicas.all();
    isShort = false;
    return found;
  }

  /** A replica is asked over a new connection each time, because the address may now lead to the new master. */
  function lookBehind(id: string | undefined, isReplica: boolean): void {
    const isAnother = id !== seenId;
    seenId = id;
    if (isReplica) {
      redis.disconnect(true);
      return;
    }
    if (isAnother || wasSilent) {
      const runId = wasSilent ? undefined : id;
      if (asker.status !== 'wait') reopenElsewhere(asker, runId);
      for (const listener of moveListeners) listener(runId);
    }
    wasSilent = false;
  }

  /** Whether connections lead to the master that Sentinels know. They are asked before anything is believed. */
  async function askSentinels(): Promise<void> {
    if (typeof target === 'string') return;
    const before = master;
    try {
      master = await target.find();
      sentinelTrouble = undefined;
    } catch (error) {
      // Without them it cannot have moved, as far as they would move it.
      sentinelTrouble = queueWords(error);
      if (error instanceof QueueError && isForOperator(error)) throw error;
      return;
    }
    if (before === undefined || isSameMaster(before, master)) return;
    log(masterChanged(before, master));
    redis.disconnect(true);
    throw unavailable(`Redis is not reachable: its master is ${showPlace(master)} now`);
  }

  async function tryToWrite(found: StoreState): Promise<StoreState> {
    try {
      await redis.set(`${base}probe`, '', 'PX', 1000);
      suspected = false;
      return found;
    } catch (error) {
      if (!isOutOfMemory(error)) throw error;
      const text = `${asQueueError(error).message}${facts === undefined ? '' : unfinishedPart(facts)}`;
      return { kind: 'full', error: new QueueError('QUEUE_FULL', text, { cause: error }), blocked: true };
    }
  }

  async function lookOnce(): Promise<StoreState> {
    try {
      return await look();
    } catch (error) {
      const isLate = isSilence(error);
      wasSilent ||= isLate;
      if (isLate) redis.disconnect(true);
      const slow = unavailable(`Redis does not answer within ${PATIENCE_MS / 1000} s`);
      return { kind: 'away', error: isLate ? slow : asQueueError(error) };
    }
  }

  async function keepLooking(): Promise<void> {
    enter(await lookOnce());
    for (const done of waiting.splice(0)) done();
    if (!isStopped) timer = setTimeout(() => void keepLooking(), LOOK_MS);
  }

  /** What stops no mail. */
  function lesserTrouble(): string | undefined {
    return facts?.rewriteFailed ? rewriteTrouble : sentinelTrouble;
  }

  const first = await lookOnce();
  if (first.kind === 'away' && isForOperator(first.error)) {
    for (const connection of [redis, asker]) connection.disconnect();
    throw first.error;
  }
  enter(first);
  timer = setTimeout(() => void keepLooking(), LOOK_MS);
  return {
    state: () => state,
    trouble: () => (state.kind === 'well' ? lesserTrouble() : state.error.message),
    facts: () => facts,
    suspect(error) {
      const reply = refusalIn(error);
      if (reply === undefined) return;
      suspected = true;
      const refusal = asQueueError(reply);
      if (!isOutOfMemory(reply)) enter({ kind: 'away', error: refusal });
      else if (state.kind !== 'away') enter({ kind: 'full', error: refusal, blocked: true });
    },
    lacksReplicas(error) {
      isShort = true;
      enter({ kind: 'away', error });
    },
    onChange: (listener) => void listeners.push(listener),
    onMove: (listener) => void moveListeners.push(listener),
    clock: () => now() + clockAheadMs,
    nextLook: () => new Promise((resolve) => void waiting.push(resolve)),
    stop() {
      isStopped = true;
      clearTimeout(timer);
      for (const connection of [redis, asker]) connection.disconnect();
    },
  };
}

/** What is there still goes out. */
const closed: StoreState = {
  kind: 'full',
  error: unavailable('the queue is being moved away (queue drain --stop-intake)'),
  blocked: false,
};

const rewriteTrouble =
  'Redis could not rewrite its append-only file, which grows until it can: it may lack disk or memory';

function needsOperator(state: StoreState): boolean {
  return state.kind !== 'well' && isForOperator(state.error);
}

function isBlocked(state: StoreState): boolean {
  return state.kind === 'full' && state.blocked;
}

function unavailable(message: string): QueueError {
  return new QueueError('QUEUE_UNAVAILABLE', message);
}
