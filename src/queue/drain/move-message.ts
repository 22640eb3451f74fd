import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { KeptAttempt, KeptLimits } from '../../core/mail/kept.ts';
import { decodeProgress, decodeRecord, UnreadableRecord } from '../forms/record.ts';
import type { Unfinished } from '../intake/unfinished.ts';
import { placesOf } from '../operator/steer.ts';
import { asQueueError, QueueError } from '../redis/queue-error.ts';
import type { Departed } from '../scripts/depart.ts';
import type { Alarms } from '../alarms/alarms.ts';
import { readAwayContent } from '../store/stored-content.ts';
import type { QueueStore } from '../store/queue-store.ts';
import type { DrainTarget } from './drain-target.ts';
import { httpHistory } from './http-history.ts';

/**
 * What became of one message. `under way`: a delivery has begun, and it stays. `gone`: it was delivered or deleted
 * meanwhile. `no room`: the target has none for a message of this size. `taken`: the target has or had another message with
 * this ID. `unreadable`: only a newer relay can read it. `away`: a message with its ID is on its way elsewhere.
 */
export type Moved =
  | 'moved'
  | 'gone'
  | 'under way'
  | 'changed meanwhile'
  | 'no room'
  | 'taken'
  | 'unreadable'
  | 'away';

/** Another drain of the same queue has taken over: this one has nothing more to say. */
export class DrainLost extends QueueError {
  constructor() {
    super('QUEUE_UNAVAILABLE', 'another drain of this queue has taken over');
  }
}

export interface MovePorts {
  readonly redis: Redis;
  readonly base: string;
  readonly store: QueueStore;
  readonly alarms: Pick<Alarms, 'wake'>;
  readonly target: DrainTarget;
  /** Content that is written ahead at the target. */
  readonly unfinished: Unfinished;
  /** This drain, which has the lease of the queue that messages leave. */
  readonly drain: string;
  /** Renews it. False if another drain has it. */
  readonly renew: () => Promise<boolean>;
  /** Id of the queue that messages leave. */
  readonly source: string;
  /** How the log and `explain` name the two queues. */
  readonly names: { readonly from: string; readonly to: string };
  readonly kept?: KeptLimits | undefined;
  readonly now: () => number;
  /** Octets that the target has room for. */
  readonly room: () => number;
  /** Is told of messages that have come to the target and were let go. */
  readonly letGo: (queueId: string) => void;
}

/** If recipients are moved between two looks at a message, it is read again. */
const TRIES = 5;
/** Octets that are written ahead at a time. */
const BATCH_BYTES = 256 * 1024;

/**
 * Moves a message: it leaves, comes to the target, and is let go, in three steps of which each is on disk before the next.
 * In between it belongs to this queue, is delivered by nobody, and the next drain goes on with it. Throws QueueError.
 */
export async function moveMessage(queueId: string, ports: MovePorts): Promise<Moved> {
  const { redis, base, store, drain, target, now } = ports;
  const departure = randomUUID();
  for (let tries = 0; tries < TRIES; tries += 1) {
    const places = await readable(placesOf(queueId, ports));
    if (places === undefined) return 'gone';
    if (places === 'unreadable') return 'unreadable';
    const size = Number((await redis.hget(`${base}m:${queueId}`, 'size')) ?? 0);
    if (size > ports.room()) return 'no room';
    const leaving = { queueId, drain, departure, target: target.node, now: now(), ...places };
    const left = await store.depart(leaving);
    switch (left.result) {
      case 'departed':
        return bring(queueId, left.message, ports);
      case 'unknown':
        return 'gone';
      case 'lost':
        // Redis may have been away for longer than the lease.
        if (!(await ports.renew())) throw new DrainLost();
        continue;
      case 'changed meanwhile':
        continue;
      case 'under way':
      case 'away':
        return left.result;
    }
  }
  return 'changed meanwhile';
}

/** Goes on with a message that has left: the same step as before may be taken again. */
export async function bring(queueId: string, message: Departed, ports: MovePorts): Promise<Moved> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const result = await bringOnce(queueId, message, ports);
    if (result !== 'unsettled') return result;
  }
  throw new QueueError('QUEUE_UNAVAILABLE', 'Redis of the target is lost again and again');
}

/** `unsettled`: the connection was lost before the replicas of the target were known to have it. */
async function bringOnce(queueId: string, message: Departed, ports: MovePorts): Promise<Moved | 'unsettled'> {
  const { target, drain, source, names, kept, now } = ports;
  const { departure } = message;
  if (!isReadable(message, target.form)) return back(queueId, message, 'unreadable', ports);
  try {
    const history = await httpHistory(queueId, message, ports);
    if (history !== undefined) await target.store.rememberArrived({ ...history, source, departure });
    const at = now();
    const arriving = {
      source,
      drain,
      queueId,
      departure,
      now: at,
      note: { queueId, act: 'taken over', at, peer: names.from } as const,
      kept: kept && { attempt: movedAttempt(queueId, message, at, { from: names.from }), limits: kept },
      fields: message.fields,
      scores: message.scores,
    };
    const { result, wakeups } = await withContent(queueId, message, ports, (content) =>
      target.store.arrive({ ...arriving, ...content }),
    );
    if (result === 'superseded') throw new DrainLost();
    if (result === 'taken') return await back(queueId, message, 'taken', ports);
    // It is asked at once, over the connection by which it has come. Destinations are awake before the drain ends.
    const [isSettled] = await Promise.all([target.settled(), target.alarms.wake(wakeups)]);
    if (!isSettled) return 'unsettled';
  } catch (error) {
    // It said that it has no room; but an earlier answer may have been lost.
    const trouble = asQueueError(error);
    if (trouble.code !== 'QUEUE_FULL') throw trouble;
    const result = await back(queueId, message, 'no room', ports);
    if (result === 'no room') throw trouble;
    return result;
  }
  await letGo(queueId, message, ports);
  return 'moved';
}

async function letGo(queueId: string, message: Departed, ports: MovePorts): Promise<void> {
  const { store, names, kept, now } = ports;
  const at = now();
  await store.letGo({
    queueId,
    departure: message.departure,
    now: at,
    note: { queueId, act: 'sent over', at, peer: names.to },
    kept: kept && { attempt: movedAttempt(queueId, message, at, { to: names.to }), limits: kept },
  });
  ports.letGo(queueId);
}

/** Puts it back, unless it has arrived all the same: then it is let go. */
async function back(
  queueId: string,
  message: Departed,
  why: Moved,
  ports: MovePorts,
): Promise<Moved | 'unsettled'> {
  const { store, alarms, target, drain, source, now } = ports;
  const { departure } = message;
  const asked = await target.store.askArrival({ source, drain, queueId, departure });
  if (asked === 'superseded') throw new DrainLost();
  if (asked === 'arrived') {
    if (!(await target.settled())) return 'unsettled';
    await letGo(queueId, message, ports);
    return 'moved';
  }
  const { result, wakeups } = await store.comeBack({ queueId, departure, drain, now: now(), held: false });
  if (result === 'lost') throw new DrainLost();
  await alarms.wake(wakeups);
  return why;
}

type Content = Pick<Parameters<QueueStore['arrive']>[0], 'temporary' | 'pieces' | 'body'>;

/** If a connection is lost while content is written ahead, or the target has put it away, it is written anew. */
async function withContent<T>(
  queueId: string,
  message: Departed,
  ports: MovePorts,
  put: (content: Content) => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    const temporary = `drain-${randomUUID()}`;
    try {
      return await put({ temporary, ...(await writeAhead(queueId, message, temporary, ports)) });
    } catch (error) {
      if (message.body === undefined) await ports.unfinished.discard(temporary, true);
      if (tries === TRIES || !isMissing(error)) throw error;
    } finally {
      ports.unfinished.leave(temporary);
    }
  }
}

async function writeAhead(
  queueId: string,
  { body }: Departed,
  temporary: string,
  { redis, base, target, unfinished }: MovePorts,
): Promise<Omit<Content, 'temporary'>> {
  if (body !== undefined) return { body, pieces: 0 };
  let batch: Buffer[] = [];
  let bytes = 0;
  let pieces = 0;
  const write = async (): Promise<void> => {
    if (batch.length === 0) return;
    if (pieces === 0) await unfinished.list(target.store, temporary);
    pieces += batch.length;
    await target.redis.rpush(`${target.base}b:${temporary}`, ...batch);
    batch = [];
    bytes = 0;
  };
  for await (const piece of readAwayContent(redis, base, queueId)) {
    batch.push(piece);
    bytes += piece.length;
    if (bytes >= BATCH_BYTES) await write();
  }
  await write();
  return { body: Buffer.alloc(0), pieces };
}

function isMissing(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && cause.message.includes('MISSING');
}

/** What the target could not read, it could not deliver. */
function isReadable({ fields, scores }: Departed, form: number): boolean {
  try {
    decodeRecord(fields['record'] ?? '', form);
    for (const destination of Object.keys(scores)) {
      const progress = fields[`s:${destination}`];
      if (progress !== undefined) decodeProgress(progress);
    }
    return true;
  } catch {
    return false;
  }
}

async function readable<T>(reading: Promise<T>): Promise<T | 'unreadable'> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof UnreadableRecord) return 'unreadable';
    throw error;
  }
}

/** What `explain` tells of the move, at either side. */
function movedAttempt(
  queueId: string,
  { fields, scores }: Departed,
  at: number,
  moved: NonNullable<KeptAttempt['moved']>,
): KeptAttempt {
  const { message } = decodeRecord(fields['record'] ?? '');
  const { envelope, arrivedAt, size, messageId, client } = message;
  return {
    at,
    queueId,
    destination: Object.keys(scores).length === 1 ? (Object.keys(scores)[0] ?? '') : '',
    count: 0,
    sender: envelope.sender,
    arrivedAt,
    size,
    messageId,
    ...(client !== undefined && { client: `${client.name}[${client.address}]` }),
    results: [],
    moved,
  };
}
