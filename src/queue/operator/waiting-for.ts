import type { Redis } from 'ioredis';
import type { WaitingFacts } from '../../core/diagnosis/make-view.ts';
import { CLAIMED, HELD } from '../forms/keys.ts';
import { messageOf } from '../../core/error-words.ts';
import { decodeProgress, decodeRecord, UnreadableRecord } from '../forms/record.ts';
import type { QueueStore } from '../store/queue-store.ts';
import { watchedFacts } from './record-watches.ts';
import { suspendedNow } from '../store/suspensions.ts';

interface Ports {
  readonly redis: Redis;
  readonly base: string;
  readonly store: Pick<QueueStore, 'record' | 'suspensions' | 'watch'>;
  readonly now: () => number;
}

/** Messages that are looked at, and how many in one step. */
const MOST = 1_000;
const AT_ONCE = 100;
/** Reasons that are told apart. */
const MOST_REASONS = 10;

type Reason = {
  -readonly [Key in keyof WaitingFacts['reasons'][number]]: WaitingFacts['reasons'][number][Key];
};

/** What waits for a destination, and why; undefined if nothing does. */
export async function waitingFor(
  destination: string,
  { redis, base, store, now }: Ports,
): Promise<WaitingFacts | undefined> {
  const key = `${base}d:${destination}`;
  const messages = await redis.zcard(key);
  if (messages === 0) return undefined;
  const reasons = new Map<string, Reason>();
  let oldestId: string | undefined;
  let nextAt: number | undefined;
  let lookedAt = 0;
  for (let start = 0; start < Math.min(messages, MOST); start += AT_ONCE) {
    const page = await redis.zrange(key, String(start), String(start + AT_ONCE - 1), 'WITHSCORES');
    const ids = page.filter((_, place) => place % 2 === 0);
    const texts = await Promise.all(ids.map((id) => redis.hget(`${base}m:${id}`, `s:${destination}`)));
    for (const [place, id] of ids.entries()) {
      const due = Number(page[2 * place + 1]);
      if (oldestId === undefined || id < oldestId) oldestId = id;
      if (due < HELD) nextAt = Math.min(nextAt ?? Infinity, Math.ceil(due));
      count(reasonOf(texts[place] ?? '', due));
      lookedAt += 1;
    }
  }
  const record = oldestId === undefined ? undefined : await store.record(oldestId);
  const suspension = (await suspendedNow(store, now())).get(destination);
  const watched = await watchedFacts(destination, store);
  const postponed = await redis.hget(`${base}postponed`, destination);
  return {
    messages,
    lookedAt,
    ...(record !== undefined && arrivalIn(record)),
    ...(nextAt !== undefined && { nextAt }),
    reasons: [...reasons.values()].toSorted((one, other) => other.messages - one.messages),
    ...(suspension !== undefined && { suspended: suspension }),
    ...(watched !== undefined && { watched }),
    ...(postponed != null && { postponed }),
  };

  function count(reason: Reason): void {
    const name = `${reason.state} ${reason.dsn ?? ''} ${reason.reason ?? ''}`;
    const known =
      reasons.get(name) ?? (reasons.size < MOST_REASONS ? undefined : [...reasons.values()].at(-1));
    if (known === undefined) reasons.set(name, reason);
    else known.messages += 1;
  }
}

/** Nothing for a record that only a newer relay can read. */
function arrivalIn(record: string): Pick<WaitingFacts, 'oldestAt'> {
  try {
    return { oldestAt: decodeRecord(record).message.arrivedAt };
  } catch (error) {
    if (error instanceof UnreadableRecord) return {};
    throw error;
  }
}

/** Of progress that only a newer relay can read, that is the reason. */
function reasonOf(text: string, due: number): Reason {
  try {
    return readReason(text, due);
  } catch (error) {
    return { messages: 1, state: 'deferred', reason: messageOf(error) };
  }
}

function readReason(text: string, due: number): Reason {
  const { attempts = 0, last, held, left = [-1] } = text === '' ? {} : decodeProgress(text);
  const isInDoubt = held !== undefined && left.length === 0;
  const state =
    due >= CLAIMED
      ? 'active'
      : due >= HELD
        ? isInDoubt
          ? 'held'
          : 'hold'
        : attempts === 0
          ? 'queued'
          : 'deferred';
  const why = state === 'held' ? (held?.last ?? last) : last;
  return {
    messages: 1,
    state,
    ...(why !== undefined && { dsn: why.dsn, reason: why.reason, last: why }),
  };
}
