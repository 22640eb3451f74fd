import type { Redis } from 'ioredis';
import type { AccountedMessage, MessageAccount, WaitingAccount } from '../../core/mail/account.ts';
import type { KeptAttempt } from '../../core/mail/kept.ts';
import type { Message } from '../../core/mail/message.ts';
import { tlsAskedBy } from '../../core/mail/tls-need.ts';
import { CLAIMED, HELD } from '../forms/keys.ts';
import { decodeProgress, decodeRecord, destinationsOf, type QueueRecord } from '../forms/record.ts';
import type { QueueStore } from '../store/queue-store.ts';
import { watchedFacts } from './record-watches.ts';
import { suspendedNow } from '../store/suspensions.ts';
import { pastAttempts, pastFailures, type PastPorts } from './past.ts';

export interface AccountPorts extends PastPorts {
  readonly redis: Redis;
  readonly base: string;
  readonly store: Pick<QueueStore, 'findKept' | 'failures' | 'record' | 'suspensions' | 'watch'>;
}

/** Of a message with thousands of recipients, what can be read is told. */
const MOST_DESTINATIONS = 100;
const MOST_RECIPIENTS = 100;
const MOST_ATTEMPTS = 200;

/** Everything that the queue knows of a message; undefined if that is nothing. */
export async function accountOf(queueId: string, ports: AccountPorts): Promise<MessageAccount | undefined> {
  const text = await ports.store.record(queueId);
  const record = text === undefined ? undefined : decodeRecord(text);
  const told = (): Promise<readonly KeptAttempt[]> => attemptsOf(queueId, record?.message.arrivedAt, ports);
  // In this order: who waits is never told as it was before an attempt that is told.
  const before = await told();
  const { waiting, leftOut } =
    record === undefined ? { waiting: [], leftOut: 0 } : await waitingOf(queueId, record, ports);
  // It may have left meanwhile.
  const attempts = record !== undefined && waiting.length === 0 ? await told() : before;
  const destinations = new Set([...waiting, ...attempts].map(({ destination }) => destination));
  const failures = await pastFailures(queueId, [...destinations], ports);
  if (record === undefined && attempts.length === 0) return undefined;
  return {
    queueId,
    ...(record !== undefined && { message: factsOf(record.message) }),
    waiting,
    ...(leftOut > 0 && { waitingLeftOut: leftOut }),
    attempts,
    failures,
  };
}

/** The oldest first. */
async function attemptsOf(
  queueId: string,
  arrivedAt: number | undefined,
  ports: AccountPorts,
): Promise<readonly KeptAttempt[]> {
  const found: KeptAttempt[] = [];
  for await (const attempt of pastAttempts(
    { kind: 'queueId', name: queueId },
    { ...ports, ...(arrivedAt && { since: arrivedAt }) },
  )) {
    found.push(attempt);
    if (found.length === MOST_ATTEMPTS) break;
  }
  return found.toReversed();
}

function factsOf(message: Message): AccountedMessage {
  const { envelope, arrivedAt, size, messageId, client } = message;
  const tlsAsked = tlsAskedBy(message);
  return {
    sender: envelope.sender,
    arrivedAt,
    size,
    messageId,
    ...(client !== undefined && { client: `${client.name}[${client.address}]` }),
    ...(tlsAsked !== undefined && { tlsAsked }),
    recipients: envelope.recipients.length,
  };
}

async function waitingOf(
  queueId: string,
  { message, routing }: QueueRecord,
  { redis, base, store, now }: AccountPorts,
): Promise<{ readonly waiting: readonly WaitingAccount[]; readonly leftOut: number }> {
  const key = `${base}m:${queueId}`;
  const all = destinationsOf(routing, await redis.hkeys(key));
  const scores = await Promise.all(
    all.map(async (destination) => redis.zscore(`${base}d:${destination}`, queueId)),
  );
  const there = all.flatMap((destination, place) => {
    const score = scores[place];
    return score === null || score === undefined ? [] : [{ destination, due: Number(score) }];
  });
  const told = there.toSorted((one, other) => one.due - other.due).slice(0, MOST_DESTINATIONS);
  if (told.length === 0) return { waiting: [], leftOut: 0 };
  const suspended = await suspendedNow(store, now());
  const texts = await redis.hmget(key, ...told.map(({ destination }) => `s:${destination}`));
  const postponed = await redis.hmget(`${base}postponed`, ...told.map(({ destination }) => destination));
  const watches = await Promise.all(told.map(({ destination }) => watchedFacts(destination, store)));
  const waiting = told.flatMap(({ destination, due }, place): readonly WaitingAccount[] => {
    const text = texts[place];
    const progress = text == null ? undefined : decodeProgress(text);
    const { attempts = 0, last, held } = progress ?? {};
    const why = postponed[place];
    const suspension = suspended.get(destination);
    const watched = watches[place];
    const common = {
      destination,
      attempts,
      ...(suspension !== undefined && { suspended: suspension }),
      ...(watched !== undefined && { watched }),
    };
    const left = progress?.left ?? routing.get(destination) ?? [];
    return [
      ...(left.length === 0
        ? []
        : [
            {
              ...common,
              state: stateOf(due, attempts),
              ...addressesOf(left, message),
              ...(due < HELD && { nextAt: Math.ceil(due) }),
              ...(last !== undefined && { last }),
              ...(why != null && due <= now() && { postponed: why }),
            },
          ]),
      ...(held === undefined
        ? []
        : [{ ...common, state: 'held' as const, ...addressesOf(held.left, message), last: held.last }]),
    ];
  });
  return { waiting, leftOut: there.length - told.length };
}

function stateOf(due: number, attempts: number): WaitingAccount['state'] {
  if (due >= CLAIMED) return 'active';
  if (due >= HELD) return 'hold';
  return attempts === 0 ? 'queued' : 'deferred';
}

function addressesOf(
  indexes: readonly number[],
  { envelope }: Message,
): Pick<WaitingAccount, 'recipients' | 'recipientsLeftOut'> {
  const recipients = indexes
    .slice(0, MOST_RECIPIENTS)
    .map((index) => envelope.recipients[index]?.address ?? '');
  const leftOut = indexes.length - recipients.length;
  return { recipients, ...(leftOut > 0 && { recipientsLeftOut: leftOut }) };
}
