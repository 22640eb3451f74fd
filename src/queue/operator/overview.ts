import { madeAt } from '../../core/mail/queue-id.ts';
import type { PausedGroup, WaitingRow } from '../../core/delivery/top-row.ts';
import { CLAIMED, HELD } from '../forms/keys.ts';
import { createRecordShelf, LISTED_BYTES, type RecordShelf } from '../lease/record-shelf.ts';
import { deliveriesAt, type ListPorts } from './inspect.ts';
import { sortedDestinations } from './walk.ts';

/** What waits, destination by destination. */
export interface Overview {
  readonly destinations: number;
  readonly waiting: number;
  /** Those with the most mail first; no more than were wanted. */
  readonly rows: readonly WaitingRow[];
  /** Many destinations that wait for the same thing, and are in no row. */
  readonly paused: readonly PausedGroup[];
}

/** Counts that are asked for at a time. */
const COUNTS_AT_ONCE = 500;
/** Of so many entries all are looked at; of more, as many at both ends. */
const LOOKED_AT = 200;
/** Destinations that are shown by themselves although they wait for the same thing. */
const ROWS_OF_ONE_REASON = 3;
const MOST_GROUPS = 5;
/** Messages that are read to find a reason. */
const READ = 3;

/** Costs Redis a count for each destination, and for each row that is shown some entries and a few records. */
export async function overview(most: number, ports: ListPorts): Promise<Overview> {
  const { redis, base, store } = ports;
  const names = await sortedDestinations(ports);
  const counts: Count[] = [];
  for (let start = 0; start < names.length; start += COUNTS_AT_ONCE) {
    const some = names.slice(start, start + COUNTS_AT_ONCE);
    const sizes = await Promise.all(some.map((name) => redis.zcard(`${base}d:${name}`)));
    for (const [place, destination] of some.entries()) {
      const waiting = sizes[place] ?? 0;
      if (waiting > 0) counts.push({ destination, waiting });
    }
  }
  const suspensions = await store.suspensions();
  const postponed = await store.postponed();
  const paused = pausedGroups(counts, postponed);
  const inGroups = new Set(paused.map((group) => group.postponed));
  const shown = counts
    .filter(({ destination }) => !inGroups.has(postponed.get(destination) ?? ''))
    .toSorted((a, b) => b.waiting - a.waiting)
    .slice(0, most);
  const records = createRecordShelf(store, LISTED_BYTES);
  const rows: WaitingRow[] = [];
  for (const { destination, waiting } of shown) {
    const suspension = suspensions.get(destination);
    const isSuspended = suspension !== undefined && suspension.until > ports.now();
    const found = await look(destination, waiting, ports, records);
    const why = postponed.get(destination);
    rows.push({
      ...found,
      ...(isSuspended && {
        suspendedUntil: suspension.until,
        dsn: suspension.cause.dsn,
        reason: suspension.cause.reason,
      }),
      ...(why !== undefined && { postponed: why }),
    });
  }
  return {
    destinations: counts.length,
    waiting: counts.reduce((sum, { waiting }) => sum + waiting, 0),
    rows,
    paused,
  };
}

interface Count {
  readonly destination: string;
  readonly waiting: number;
}

/** When the resolver is lost, it is lost for all of them: that is one thing to be told, and not a thousand. */
function pausedGroups(
  counts: readonly Count[],
  postponed: ReadonlyMap<string, string>,
): readonly PausedGroup[] {
  const groups = new Map<string, { destinations: number; waiting: number }>();
  for (const { destination, waiting } of counts) {
    const reason = postponed.get(destination);
    if (reason === undefined) continue;
    const group = groups.get(reason) ?? { destinations: 0, waiting: 0 };
    groups.set(reason, { destinations: group.destinations + 1, waiting: group.waiting + waiting });
  }
  return [...groups]
    .filter(([, { destinations }]) => destinations > ROWS_OF_ONE_REASON)
    .map(([reason, group]) => ({ postponed: reason, ...group }))
    .toSorted((a, b) => b.waiting - a.waiting)
    .slice(0, MOST_GROUPS);
}

async function look(
  destination: string,
  waiting: number,
  ports: ListPorts,
  records: RecordShelf,
): Promise<WaitingRow> {
  const { redis, base } = ports;
  const key = `${base}d:${destination}`;
  const isAll = waiting <= 2 * LOOKED_AT;
  const pairs = isAll
    ? await redis.zrange(key, '0', '-1', 'WITHSCORES')
    : [
        ...(await redis.zrange(key, '0', String(LOOKED_AT - 1), 'WITHSCORES')),
        ...(await redis.zrange(key, String(-LOOKED_AT), '-1', 'WITHSCORES')),
      ];
  const entries = Array.from({ length: pairs.length / 2 }, (_, place) => ({
    queueId: pairs[2 * place] ?? '',
    score: Number(pairs[2 * place + 1]),
  }));
  const [oldest] = entries.map(({ queueId }) => queueId).toSorted();
  const made = oldest === undefined ? undefined : madeAt(oldest);
  const next = entries.find(({ score }) => score < HELD / 2);
  const onHold = await redis.zcount(key, HELD, `(${CLAIMED}`);
  return {
    destination,
    waiting,
    onHold,
    ...(made !== undefined && { oldestAt: Math.floor(made) }),
    ...(!isAll && ({ isAtLeast: true } as const)),
    ...(next !== undefined && { nextAt: Math.ceil(next.score) }),
    ...(await reasonOf(destination, entries, ports, records)),
  };
}

async function reasonOf(
  destination: string,
  entries: readonly { readonly queueId: string; readonly score: number }[],
  ports: ListPorts,
  records: RecordShelf,
): Promise<Pick<WaitingRow, 'dsn' | 'reason'>> {
  for (const { queueId, score } of entries.slice(0, READ)) {
    const place = { destination, queueId, score: String(score) };
    for (const { dsn, reason } of await deliveriesAt(place, ports, records)) {
      if (reason !== undefined) return { ...(dsn !== undefined && { dsn }), reason };
    }
  }
  return {};
}
