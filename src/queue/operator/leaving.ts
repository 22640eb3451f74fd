import type { QueueFilter } from '../../core/delivery/queue-filter.ts';
import type { LeavingMessage, LeavingRecipient } from '../../core/leaving/leaving.ts';
import { messageOf } from '../../core/error-words.ts';
import type { LastFailure } from '../../core/mail/status.ts';
import { CLAIMED } from '../forms/keys.ts';
import { decodeProgress, decodeRecord, destinationsOf, readDot, UnreadableRecord } from '../forms/record.ts';
import { matcher } from './filter.ts';
import type { ListPorts } from './inspect.ts';
import { listMessages } from './messages.ts';

/** Which messages are meant, and what is said of those that cannot be read. */
export interface LeavingWishes {
  readonly meant:
    | { readonly kind: 'all' }
    | { readonly kind: 'ids'; readonly ids: AsyncIterable<string> }
    | { readonly kind: 'filter'; readonly filter: QueueFilter };
  /** `hold`: who may have a message waits for the operator, also where an attempt is not settled. */
  readonly ambiguous: 'resend' | 'hold';
  /** Is told of each delivery that was looked at. */
  readonly looked: () => void;
  /** Is told of messages that only a newer relay can read, and of ids that stand for nothing. */
  readonly leftOut: (queueId: string, why: string) => void;
}

/** So much of one message is read at a time. */
const DESTINATIONS_AT_ONCE = 100;

/** The messages that are meant, whole: with envelope and all recipients that wait. Each is read as it is at that moment. */
export async function* leavingMessages(
  ports: ListPorts,
  { meant, ambiguous, looked, leftOut }: LeavingWishes,
): AsyncGenerator<LeavingMessage> {
  for await (const queueId of idsOf()) {
    try {
      const found = await readLeaving(queueId, ambiguous, ports);
      if (found !== undefined) yield found;
      else if (meant.kind === 'ids') leftOut(queueId, 'there is no such message');
    } catch (error) {
      if (!(error instanceof UnreadableRecord)) throw error;
      leftOut(queueId, error.message);
    }
  }

  async function* idsOf(): AsyncGenerator<string> {
    if (meant.kind === 'ids') {
      yield* meant.ids;
      return;
    }
    const isMeant = matcher(meant.kind === 'filter' ? meant.filter : {});
    for await (const { queueId, deliveries } of listMessages(ports, looked))
      if (deliveries.some(isMeant)) yield queueId;
  }
}

/** Undefined if it is gone. Throws UnreadableRecord. */
async function readLeaving(
  queueId: string,
  ambiguous: LeavingWishes['ambiguous'],
  { redis, base }: ListPorts,
): Promise<LeavingMessage | undefined> {
  const key = `${base}m:${queueId}`;
  const names = (await redis.hkeys(key)).filter((name) => name !== 'body' && name !== 'left');
  const values = names.length === 0 ? [] : await redis.hmget(key, ...names);
  const fields = new Map(names.map((name, at) => [name, values[at] ?? undefined]));
  const text = fields.get('record');
  if (text === undefined) return undefined;
  const { message, routing } = decodeRecord(text);
  const recipients: LeavingRecipient[] = [];
  const destinations = destinationsOf(routing, names);
  for (let start = 0; start < destinations.length; start += DESTINATIONS_AT_ONCE) {
    const some = destinations.slice(start, start + DESTINATIONS_AT_ONCE);
    const scores = await Promise.all(some.map((name) => redis.zscore(`${base}d:${name}`, queueId)));
    for (const [at, destination] of some.entries()) {
      const score = scores[at] ?? undefined;
      if (score !== undefined) recipients.push(...waitingAt(destination, Number(score)));
    }
  }
  return recipients.length === 0
    ? undefined
    : { message, recipients, forceExpired: fields.get('expire') !== undefined };

  function* waitingAt(destination: string, score: number): Generator<LeavingRecipient> {
    const stored = fields.get(`s:${destination}`);
    const progress = stored === undefined ? undefined : readable(stored);
    const { attempts = 0, last, held } = progress ?? {};
    const of = (
      indexes: readonly number[],
      state: LeavingRecipient['state'],
      why: LastFailure | undefined,
    ): LeavingRecipient[] =>
      indexes.flatMap((index) => {
        const recipient = message.envelope.recipients[index];
        if (recipient === undefined) return [];
        const { dsn, reason } = why ?? {};
        return [
          {
            ...recipient,
            state,
            destination,
            attempts,
            ...(dsn !== undefined && { dsn }),
            ...(reason !== undefined && { reason }),
          },
        ];
      });
    if (held !== undefined) yield* of(held.left, 'held', held.last);
    const waiting = progress?.left ?? routing.get(destination) ?? [];
    const dot = ambiguous === 'hold' ? fields.get(`dot:${destination}`) : undefined;
    const doubtful = new Set(dot === undefined ? [] : readDot(dot, waiting));
    yield* of([...doubtful], 'held', last);
    const certain = waiting.filter((index) => !doubtful.has(index));
    const isOnHold = fields.get('hold') !== undefined;
    const state = score >= CLAIMED ? 'active' : isOnHold ? 'hold' : attempts === 0 ? 'incoming' : 'deferred';
    yield* of(certain, state, last);
  }
}

/** Throws UnreadableRecord. */
function readable(progress: string): ReturnType<typeof decodeProgress> {
  try {
    return decodeProgress(progress);
  } catch (error) {
    throw new UnreadableRecord(messageOf(error));
  }
}
