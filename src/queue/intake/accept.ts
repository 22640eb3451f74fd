import type { Redis } from 'ioredis';
import type { Message } from '../../core/mail/message.ts';
import type { Alarms } from '../alarms/alarms.ts';
import { resolveAmbiguous, type AmbiguousPorts } from './ambiguous-accept.ts';
import { pushPieces } from '../redis/push-pieces.ts';
import { asQueueError, QueueError } from '../redis/queue-error.ts';
import type { QueueStore } from '../store/queue-store.ts';
import type { Routing } from '../forms/record.ts';
import type { Wakeup } from '../scripts/wakeup.ts';
import type { Unfinished } from './unfinished.ts';

/** So much is written ahead at a time: little enough not to hold up other clients of Redis for long. */
const BATCH_BYTES = 256 * 1024;
/** Content up to this size goes with its envelope: a script copies what it is given more than once. */
export const INLINE_BYTES = 16 * 1024;

/** What the queue needs to take a message over. */
export interface Incoming {
  readonly queueId: string;
  /** The content as it is to be stored. A rejection means that the message is not wanted after all. */
  readonly content: AsyncIterable<Buffer>;
  /** Asked for once the content was read to its end. */
  readonly finish: () => { readonly message: Message; readonly routing: Routing };
}

export interface AcceptPorts {
  /** Impatient. */
  readonly redis: Redis;
  readonly base: string;
  /** Over the same connection. */
  readonly store: Pick<QueueStore, 'accept' | 'listIncoming'>;
  readonly alarms: Alarms;
  readonly unfinished: Unfinished;
  readonly now: () => number;
  /** When `redis` stops waiting for a command that is sent now, on the clock of Redis (epoch ms). */
  readonly lastMoment: () => number;
  /** How long the client may wait to hear what became of its message after Redis did not answer. */
  readonly ambiguousMs: number;
  /** For what has to be found out when Redis did not answer. */
  readonly ambiguous: AmbiguousPorts;
}

/**
 * Takes a message over: when this resolves, content and envelope are on stable storage. Small content goes in one command
 * with the envelope; larger content is written ahead, and counts for nothing until the last command, which makes sure that
 * it is all there, puts it in place. Throws QueueError, or what the content iterable threw; then nothing is kept. A reply
 * that does not come in time is no refusal: see resolveAmbiguous().
 */
export async function accept(incoming: Incoming, ports: AcceptPorts): Promise<Message> {
  const { redis, base, store, alarms, unfinished, now } = ports;
  const { queueId } = incoming;
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let pieces = 0;
  let isAmbiguous = false;
  /** Redis did not say what became of a piece. */
  let unanswered = false;

  async function writeAhead(): Promise<void> {
    const batch = pending;
    pending = [];
    pendingBytes = 0;
    const writes: Promise<unknown>[] = pieces === 0 ? [unfinished.list(store, queueId)] : [];
    pieces += batch.length;
    writes.push(pushPieces(redis, `${base}b:${queueId}`, batch));
    // All of them are waited for: what is refused can be removed once none of them is on its way any more.
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
    const { message, routing } = incoming.finish();
    const small = pieces === 0 && pendingBytes <= INLINE_BYTES;
    const body = small ? Buffer.concat(pending, pendingBytes) : Buffer.alloc(0);
    // The last batch and the envelope travel together; Redis takes them in this order.
    const tail = small || pendingBytes === 0 ? undefined : writeAhead();
    const lastMoment = ports.lastMoment();
    const put = store.accept({ queueId, now: now(), message, routing, body, pieces, lastMoment });
    // Once the envelope is in place so is the tail: Redis looked.
    const [stored] = await Promise.allSettled([put, tail]);
    const wakeups = stored.status === 'fulfilled' ? stored.value : await ifInPlace(stored.reason, routing);
    // Not waited for: the message is safe, and the sweeper wakes its destinations should this be lost.
    void alarms.wake(wakeups);
    return message;
  } catch (error) {
    if (pieces > 0 && !isAmbiguous) {
      const mayCome = unanswered || (error instanceof QueueError && !error.isRefusal);
      void unfinished.discard(queueId, mayCome);
    }
    throw error;
  } finally {
    unfinished.leave(queueId);
  }

  /** Wakeups of a message that is in place although nobody said so; throws what went wrong if it is not. */
  async function ifInPlace(error: QueueError, routing: Routing): Promise<readonly Wakeup[]> {
    if (error.isRefusal) throw error;
    // From here on the content may be that of a message: it is not touched but together with it.
    isAmbiguous = true;
    const accepted = { queueId, destinations: [...routing.keys()], patienceMs: ports.ambiguousMs };
    if (await resolveAmbiguous(accepted, ports.ambiguous)) return [];
    throw error;
  }
}
