import type { Redis } from 'ioredis';
import type { Message } from '../core/mail/message.ts';
import type { Alarms } from './alarms.ts';
import { ringsOf } from './alarms.ts';
import { resolveDoubt, type DoubtPorts } from './doubt.ts';
import { pushPieces } from './push-pieces.ts';
import { asQueueError, noAnswer, QueueError } from './queue-error.ts';
import { encodeRecord, type Routing } from './record.ts';
import { runScript, type Raw } from './redis.ts';
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
  readonly alarms: Alarms;
  readonly unfinished: Unfinished;
  readonly now: () => number;
  /** When `redis` stops waiting for a command that is sent now, on the clock of Redis (epoch ms). */
  readonly lastMoment: () => number;
  /** How long the client may wait to hear what became of its message after Redis did not answer. */
  readonly doubtMs: number;
  /** For what has to be found out when Redis did not answer. */
  readonly doubt: DoubtPorts;
}

/**
 * Takes a message over: when this resolves, content and envelope are on stable storage. Small content goes in one command
 * with the envelope; larger content is written ahead, and counts for nothing until the last command, which makes sure that
 * it is all there, puts it in place. Throws QueueError, or what the content iterable threw; then nothing is kept. A reply
 * that does not come in time is no refusal: see resolveDoubt().
 */
export async function accept(incoming: Incoming, ports: AcceptPorts): Promise<Message> {
  const { redis, base, alarms, unfinished, now } = ports;
  const { queueId } = incoming;
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let pieces = 0;
  let isDoubtful = false;
  /** Redis did not say what became of a piece. */
  let unanswered = false;

  async function writeAhead(): Promise<void> {
    const batch = pending;
    pending = [];
    pendingBytes = 0;
    const writes: Promise<unknown>[] = pieces === 0 ? [unfinished.list(redis, queueId)] : [];
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
    const record = encodeRecord({ message, routing });
    const small = pieces === 0 && pendingBytes <= INLINE_BYTES;
    const body = small ? Buffer.concat(pending, pendingBytes) : '';
    // The last batch and the envelope travel together; Redis takes them in this order.
    const tail = small || pendingBytes === 0 ? undefined : writeAhead();
    const put = runScript(redis, 'accept', [
      base,
      queueId,
      now(),
      record,
      body,
      pieces,
      message.size,
      ports.lastMoment(),
      ...routing.keys(),
    ]);
    // Once the envelope is in place so is the tail: Redis looked.
    const [stored] = await Promise.allSettled([put, tail]);
    const isAnswer = stored.status === 'fulfilled' && Array.isArray(stored.value);
    const reason = stored.status === 'rejected' ? stored.reason : noAnswer();
    const rings = isAnswer ? stored.value : await inDoubt(reason, routing);
    // Not waited for: the message is safe, and the sweeper rings for it should this be lost.
    void alarms.ring(ringsOf(rings));
    return message;
  } catch (error) {
    if (pieces > 0 && !isDoubtful) {
      const mayCome = unanswered || (error instanceof QueueError && !error.isRefusal);
      void unfinished.discard(queueId, mayCome);
    }
    throw error;
  } finally {
    unfinished.leave(queueId);
  }

  /** Rings of a message that is in place although nobody said so; throws what went wrong if it is not. */
  async function inDoubt(error: QueueError, routing: Routing): Promise<Raw> {
    if (error.isRefusal) throw error;
    // From here on the content may be that of a message: it is not touched but together with it.
    isDoubtful = true;
    const doubt = { queueId, destinations: [...routing.keys()], patienceMs: ports.doubtMs };
    if (await resolveDoubt(doubt, ports.doubt)) return [];
    throw error;
  }
}
