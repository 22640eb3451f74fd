import type { Redis } from 'ioredis';
import type { OutgoingReport } from '../../core/delivery/outcome.ts';
import type { History } from '../../core/mail/history.ts';
import type { Message } from '../../core/mail/message.ts';
import type { Alarms } from '../alarms/alarms.ts';
import { resolveAmbiguous, takeBack, type AmbiguousPorts } from './ambiguous-accept.ts';
import { pushPieces } from '../redis/push-pieces.ts';
import { asQueueError, QueueError } from '../redis/queue-error.ts';
import type { ContentShelf } from '../store/content-shelf.ts';
import type { QueueStore } from '../store/queue-store.ts';
import type { Routing } from '../forms/record.ts';
import type { Wakeup } from '../scripts/wakeup.ts';
import type { Placed, ReplicaGate } from './replica-gate.ts';
import type { Unfinished } from './unfinished.ts';

/** Octets that are written ahead at a time: few enough not to delay other clients of Redis. */
const BATCH_BYTES = 256 * 1024;
/**
 * Content up to this size goes with its envelope. Larger content does not, because a script copies its input more than
 * once.
 */
export const INLINE_BYTES = 16 * 1024;

/** What the queue needs to accept a message. */
export interface Incoming {
  readonly queueId: string;
  /** The content as it is stored. A rejection means that the message is not wanted after all. */
  readonly content: AsyncIterable<Buffer>;
  /** Name of its source, if that may be tried again and is to be accepted only once. */
  readonly takenOnce?: string;
  /** Called once the content was read to its end. */
  readonly finish: () => {
    readonly message: Message;
    readonly routing: Routing;
    /** Octets that come before the content, and that only the whole of it has given; the size of the message has them. */
    readonly head?: Buffer;
    readonly history?: History;
    /** Messages of our own that must exist once this one does. */
    readonly reports?: readonly OutgoingReport[];
  };
}

export interface AcceptPorts {
  /** An impatient connection. */
  readonly redis: Redis;
  readonly base: string;
  /** Over the same connection. */
  readonly store: Pick<QueueStore, 'accept' | 'listIncoming'>;
  readonly alarms: Pick<Alarms, 'wake'>;
  readonly unfinished: Pick<Unfinished, 'list' | 'leave' | 'discard'>;
  /** Absent where no replica is waited for. */
  readonly replicas?: Pick<ReplicaGate, 'dueAt' | 'pass' | 'passAll' | 'passStored'> | undefined;
  /** Absent in a process that does not deliver. */
  readonly contents?: Pick<ContentShelf, 'keep' | 'done'> | undefined;
  readonly now: () => number;
  /** When `redis` stops waiting for a command that is sent now; clock of Redis, epoch ms. */
  readonly lastMoment: () => number;
  /** How long the client may wait for the fate of its message after Redis did not answer. */
  readonly ambiguousMs: number;
  /** For finding out what happened when Redis did not answer. */
  readonly ambiguous: AmbiguousPorts;
}

/**
 * Accepts a message: when this resolves, content and envelope are on stable storage. Small content goes in one command
 * with the envelope. Larger content is written ahead, and counts for nothing until the last command, which checks that
 * all of it is there, puts it in place. Throws QueueError, or the error of the content iterable; then nothing is kept.
 * A missing reply is no refusal: see resolveAmbiguous().
 */
export async function accept(incoming: Incoming, ports: AcceptPorts): Promise<Message> {
  const { redis, base, store, alarms, unfinished, replicas, contents, now } = ports;
  const { queueId, takenOnce = '' } = incoming;
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let pieces = 0;
  let isAmbiguous = false;
  let onceOnly = takenOnce !== '';
  /** Redis did not answer for a piece. */
  let unanswered = false;
  /** Destinations for which the content was put on the shelf. */
  let shelved: Iterable<string> = [];

  /** @param isWhole the envelope follows at once, so that there is no time in which somebody could ask whose this is */
  async function writeAhead(isWhole = false): Promise<void> {
    const batch = pending;
    pending = [];
    pendingBytes = 0;
    const writes: Promise<unknown>[] = pieces === 0 && !isWhole ? [unfinished.list(store, queueId)] : [];
    pieces += batch.length;
    writes.push(pushPieces(redis, `${base}b:${queueId}`, batch));
    // This waits for all of them: refused content can be removed only when no piece is on its way any more.
    const errors = (await Promise.allSettled(writes)).flatMap((write) =>
      write.status === 'rejected' ? [asQueueError(write.reason)] : [],
    );
    unanswered ||= errors.some(({ isRefusal }) => !isRefusal);
    if (errors[0] !== undefined) throw errors[0];
  }

  try {
    for await (const piece of incoming.content) {
      pending.push(piece);
      pendingBytes += piece.length;
      if (pendingBytes >= BATCH_BYTES) await writeAhead();
    }
    const { message, routing, head = Buffer.alloc(0), history, reports = [] } = incoming.finish();
    onceOnly = takenOnce !== '' || history?.remember?.once !== undefined;
    const small = pieces === 0 && pendingBytes <= INLINE_BYTES;
    const body = small ? Buffer.concat([head, ...pending]) : head;
    const at = now();
    // Before it is in place: it may be taken before its reply is here.
    if (pieces === 0) contents?.keep(queueId, [...routing.keys()], at, small ? [body] : [head, ...pending]);
    shelved = routing.keys();
    // The last batch and the envelope travel together, and Redis handles them in this order.
    const tail = small || pendingBytes === 0 ? undefined : writeAhead(pieces === 0);
    const lastMoment = ports.lastMoment();
    const put = store.accept({
      queueId,
      now: replicas?.dueAt(at) ?? at,
      message,
      routing,
      body,
      pieces,
      lastMoment,
      takenOnce,
      history,
      reports,
    });
    // If the envelope is in place, so is the tail: the script has checked.
    const [stored] = await Promise.allSettled([put, tail]);
    const wakeups = stored.status === 'fulfilled' ? stored.value : await ifInPlace(stored.reason, routing);
    if (replicas !== undefined) {
      await untilReplicated(
        replicas,
        { queueId, at, destinations: [...routing.keys()], wakeups },
        stored.status,
      );
      return message;
    }
    // Nobody waits for this: the message is safe, and the sweeper wakes its destinations if this is lost.
    void alarms.wake(wakeups);
    return message;
  } catch (error) {
    for (const destination of shelved) contents?.done(queueId, destination);
    if (pieces > 0 && !isAmbiguous) {
      const mayCome = unanswered || (error instanceof QueueError && !error.isRefusal);
      void unfinished.discard(queueId, mayCome);
    }
    throw error;
  } finally {
    unfinished.leave(queueId);
  }

  /** Throws QueueError if too few replicas have the message; the client is told to send it again, and it is taken back. */
  async function untilReplicated(
    gate: Pick<ReplicaGate, 'pass' | 'passStored'>,
    message: Placed,
    stored: 'fulfilled' | 'rejected',
  ): Promise<void> {
    isAmbiguous = true;
    try {
      // Without a reply it was the store that saw it there.
      await (stored === 'fulfilled' ? gate.pass(message) : gate.passStored());
    } catch (error) {
      if (onceOnly) void alarms.wake(message.wakeups);
      else void takeBack({ queueId, destinations: message.destinations }, ports.ambiguous);
      throw error;
    }
  }

  /**
   * Wakeups of a message that is in place although the reply was lost; throws the original error if it is not in place.
   */
  async function ifInPlace(error: QueueError, routing: Routing): Promise<readonly Wakeup[]> {
    // Who hears that it was accepted before may forget it.
    if (error.code === 'QUEUE_TAKEN') await replicas?.passAll();
    if (error.isRefusal) throw error;
    // From here on the content may belong to a message, and is only removed together with it.
    isAmbiguous = true;
    const accepted = {
      queueId,
      destinations: [...routing.keys()],
      patienceMs: ports.ambiguousMs,
      isTakenOnce: onceOnly,
    };
    if (await resolveAmbiguous(accepted, ports.ambiguous)) return [];
    throw error;
  }
}
