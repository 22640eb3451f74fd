import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { QueueFilter } from '../../core/delivery/queue-filter.ts';
import { openUnfinished } from '../intake/unfinished.ts';
import { listQueue, type ListPorts } from '../operator/inspect.ts';
import { untilNoted } from '../operator/notes.ts';
import { countEntries, sortedDestinations, walk } from '../operator/walk.ts';
import { QueueError, queueWords } from '../redis/queue-error.ts';
import type { QueueStore } from '../store/queue-store.ts';
import { nodeOf, openDrainTarget, type DrainTarget, type TargetOptions } from './drain-target.ts';
import { settleExceptions, type ExceptionWish } from './exceptions.ts';
import { leaseOf, type Lease } from './drain-lease.ts';
import { bring, DrainLost, moveMessage, type Moved, type MovePorts } from './move-message.ts';
import { watchAnswers, type Answering } from './answering.ts';
import { awayMessages, countAway } from './away.ts';

/** Why a message that was looked at did not move. */
export type Stay = Exclude<Moved, 'moved' | 'gone'>;

/** Which messages are meant. */
export type DrainMeant =
  | { readonly kind: 'all' }
  | { readonly kind: 'ids'; readonly ids: AsyncIterable<string> }
  | { readonly kind: 'filter'; readonly filter: QueueFilter };

export interface DrainOptions {
  readonly to: Pick<TargetOptions, 'address' | 'prefix' | 'replicas' | 'allowUnsafe' | 'confirmed' | 'marks'>;
  /** How the log and `explain` name the two queues. */
  readonly names: MovePorts['names'];
  readonly meant: DrainMeant;
  /** Most messages that are moved. */
  readonly limit: number;
  /** How long deliveries under way are waited for. */
  readonly waitMs: number;
  /** No client's mail is taken from now on, and it goes on until nothing is left. */
  readonly stopIntake: boolean;
  readonly exceptions: ExceptionWish;
  /** Nothing answers for so long: then it ends. */
  readonly patienceMs: number;
  readonly stopping: AbortSignal;
  /** Is told how many messages were moved. */
  readonly progress: (moved: number) => void;
  /** Is told of each message that was looked at and did not move. */
  readonly stayed: (queueId: string, why: Stay) => void;
}

export interface DrainResult {
  /** Messages that are at the target now. */
  readonly moved: number;
  /** Those of them that an earlier drain had begun to move. */
  readonly resumed: number;
  /** Messages that stayed, by why. */
  readonly stayed: Readonly<Partial<Record<Moved, number>>>;
  /** Deliveries that wait here at the end; absent if Redis no longer answers. */
  readonly waiting?: number;
  /** Messages that have left, and of which it is not known whether they have come to the target; the same. */
  readonly away?: number;
  /** Those of them that left for another queue than this target. */
  readonly elsewhere: number;
  /** Why it ended early. */
  readonly trouble?: string;
}

export interface DrainPorts extends ListPorts {
  readonly store: QueueStore;
  readonly alarms: MovePorts['alarms'];
  readonly kept?: MovePorts['kept'];
}

/** Messages on their way at the same time: each waits for the disks of both sides, which write for all of them together. */
const AT_ONCE = 64;
/** After so many moves the logs of the relays may catch up, and after so many the target is looked at again. */
const NOTED_AFTER = 100;
const LOOK_AFTER = 1_000;
/** So many messages are remembered that are under way; more are met again in the next round. */
const REMEMBERED = 10_000;
const ROUND_MS = 250;
/** The relays have heard by then that no mail is to be taken. */
const CLOSED_MS = 2_500;

/** Moves messages to another queue, while relays work on both. Throws QueueError if it cannot begin. */
export async function drainQueue(options: DrainOptions, ports: DrainPorts): Promise<DrainResult> {
  const target = await openDrainTarget(options.to, options.patienceMs);
  const drain = randomUUID();
  const { redis, base, store, now } = ports;
  const answering = watchAnswers([redis, target.redis], options.patienceMs);
  try {
    const { source, lease } = await answering.until(begin());
    try {
      return await carryOut(options, ports, target, { source, drain, renew: () => lease.renew(), answering });
    } finally {
      await answering.until(lease.end()).catch(() => {});
    }
  } finally {
    await answering.until(target.close()).catch(() => {});
    answering.stop();
  }

  async function begin(): Promise<{ readonly source: string; readonly lease: Lease }> {
    const source = await nodeOf(redis, base);
    await assertAnother(ports, target);
    const lease = await leaseOf(store, drain, options.stopping);
    try {
      await settleExceptions(options.exceptions, store, target.store, now);
      await join(target, { source, drain });
      if (!(await lease.renew())) throw new DrainLost();
      if (options.stopIntake) await redis.set(`${base}closed`, String(now()));
      return { source, lease };
    } catch (error) {
      await lease.end();
      throw error;
    }
  }
}

/** Throws QueueError if source and target are the same queue. */
async function assertAnother({ redis, base }: DrainPorts, target: DrainTarget): Promise<void> {
  const word = randomUUID();
  const key = `${base}node-probe`;
  await redis.set(key, word, 'PX', 10_000);
  const seen = await target.redis.get(`${target.base}node-probe`);
  await redis.del(key);
  if (seen === word) throw refused('it is the queue itself');
}

async function join({ store }: DrainTarget, who: Who): Promise<void> {
  const answer = await store.joinDrain(who);
  if (answer === 'drained') throw refused('it is being drained itself');
  if (answer === 'closed') throw refused('it takes no mail (queue drain --stop-intake)');
}

function refused(why: string): QueueError {
  return new QueueError('QUEUE_UNSAFE', `nothing can be moved to this queue: ${why}`);
}

interface Who {
  /** Id of the queue that messages leave. */
  readonly source: string;
  readonly drain: string;
}

async function carryOut(
  options: DrainOptions,
  ports: DrainPorts,
  target: DrainTarget,
  { source, drain, renew, answering }: Who & Pick<MovePorts, 'renew'> & { readonly answering: Answering },
): Promise<DrainResult> {
  const { redis, base, now } = ports;
  const { limit, names, stopping, meant } = options;
  const unfinished = openUnfinished({ store: target.store, now });
  const counts = { moved: 0, resumed: 0 };
  const stays = new Stays(options.stayed);
  /** Under way, or being changed, when they were looked at. */
  const later = new Set<string>();
  const underWay = new Set<Promise<void>>();
  let room = await target.assertGood();
  let looked = 0;
  let gone: string[] = [];
  let trouble: unknown;
  const isOver = (): boolean =>
    trouble !== undefined || stopping.aborted || answering.isOver || counts.moved >= limit;

  async function forgetGone(): Promise<void> {
    const queueIds = gone;
    gone = [];
    if (queueIds.length > 0) await target.store.forgetArrivals({ source, drain, queueIds });
  }

  const moving: MovePorts = {
    ...ports,
    target,
    unfinished,
    drain,
    source,
    renew,
    names,
    room: () => room,
    letGo: (queueId) => void gone.push(queueId),
  };

  async function one(queueId: string, move: () => Promise<Moved>): Promise<Moved | undefined> {
    try {
      const result = await move();
      later.delete(queueId);
      if (result === 'moved') options.progress((counts.moved += 1));
      else if (result !== 'under way' && result !== 'changed meanwhile') stays.note(queueId, result);
      else if (later.size < REMEMBERED) later.add(queueId);
      return result;
    } catch (error) {
      trouble ??= error;
      return undefined;
    }
  }

  async function lookAgain(): Promise<void> {
    looked += 1;
    if (looked % LOOK_AFTER === 0) room = await target.assertGood();
    if (looked % NOTED_AFTER > 0) return;
    for (const side of [ports, target]) await untilNoted(side.redis, side.base, (ms) => sleep(ms));
  }

  async function round(ids: AsyncIterable<string> | Iterable<string>): Promise<void> {
    try {
      for await (const queueId of ids) {
        if (counts.moved + underWay.size >= limit) await Promise.all(underWay);
        if (isOver()) break;
        const moved = one(queueId, () => moveMessage(queueId, moving)).then(
          () => void underWay.delete(moved),
        );
        underWay.add(moved);
        if (underWay.size >= AT_ONCE) await Promise.race(underWay);
        if (gone.length >= AT_ONCE) await forgetGone();
        await lookAgain();
      }
    } catch (error) {
      trouble ??= error;
    }
    await Promise.all(underWay);
  }

  /** What earlier drains have begun. */
  async function resume(): Promise<number> {
    let elsewhere = 0;
    for await (const { queueId, message } of awayMessages(redis, base)) {
      if (isOver()) return elsewhere;
      if (message.target !== target.node) elsewhere += 1;
      else if ((await one(queueId, () => bring(queueId, message, moving))) === 'moved') counts.resumed += 1;
    }
    // All that the target knows of was let go.
    gone = [];
    if (!isOver()) await target.store.forgetArrivals({ source, drain, queueIds: [] });
    return elsewhere;
  }

  async function work(): Promise<number> {
    const elsewhere = await resume();
    const isClosing = options.stopIntake && meant.kind === 'all';
    const begunAt = performance.now();
    await round(idsOf(meant, ports));
    let quiet = false;
    while (!isOver() && performance.now() - begunAt < options.waitMs) {
      if (later.size === 0 && (!isClosing || quiet)) break;
      const before = counts.moved;
      const pauseMs = later.size > 0 ? ROUND_MS : CLOSED_MS;
      await sleep(pauseMs, undefined, { signal: stopping }).catch(() => {});
      await round(isClosing ? idsOf(meant, ports) : [...later]);
      quiet = pauseMs === CLOSED_MS && counts.moved === before;
    }
    await forgetGone();
    return elsewhere;
  }

  let elsewhere = 0;
  try {
    elsewhere = await answering.until(work());
  } catch (error) {
    trouble ??= error;
  } finally {
    unfinished.stop();
  }
  for (const queueId of later) stays.note(queueId, 'under way');
  return {
    ...counts,
    stayed: stays.counts(),
    ...(await answering.until(leftOver(ports)).catch(() => ({}))),
    elsewhere,
    ...(trouble !== undefined && { trouble: queueWords(trouble) }),
  };
}

/** Messages that were looked at and did not move, each told once as long as there are not too many. */
class Stays {
  readonly #told = new Set<string>();
  readonly #counts = new Map<Moved, number>();
  readonly #tell: DrainOptions['stayed'];

  constructor(tell: DrainOptions['stayed']) {
    this.#tell = tell;
  }

  note(queueId: string, why: Exclude<Moved, 'moved'>): void {
    if (why === 'gone' || this.#told.has(queueId)) return;
    if (this.#told.size < REMEMBERED) this.#told.add(queueId);
    this.#counts.set(why, (this.#counts.get(why) ?? 0) + 1);
    this.#tell(queueId, why);
  }

  counts(): DrainResult['stayed'] {
    return Object.fromEntries(this.#counts);
  }
}

/** Ids of what is meant. A message that waits at several destinations may come several times. */
async function* idsOf(meant: DrainMeant, ports: DrainPorts): AsyncGenerator<string> {
  if (meant.kind === 'ids') yield* meant.ids;
  else if (meant.kind === 'filter') {
    for await (const { queueId } of listQueue(ports, { filter: meant.filter })) yield queueId;
  } else {
    for await (const places of walk(await sortedDestinations(ports), ports))
      for (const { queueId } of places) yield queueId;
  }
}

/** What remains. */
async function leftOver(ports: DrainPorts): Promise<Pick<DrainResult, 'waiting' | 'away'>> {
  const waiting = await countEntries(await sortedDestinations(ports), ports);
  return { waiting, away: await countAway(ports.redis, ports.base) };
}
