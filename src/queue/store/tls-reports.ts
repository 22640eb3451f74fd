import type { Redis } from 'ioredis';
import { asked } from '../redis/queue-error.ts';
import type { QueueStore } from './queue-store.ts';
import type { StoredDay } from '../scripts/take-report.ts';

/** A day of a domain that is counted, or whose report waits. */
export interface WaitingReport {
  /** `DAY DOMAIN` */
  readonly name: string;
  /** Epoch ms. */
  readonly dueAt: number;
}

/** What is counted for reports about TLS, and those to whom none are sent. Calls reject with QueueError. */
export interface TlsReportStore extends Pick<QueueStore, 'takeReport' | 'settleReport' | 'hastenReport'> {
  /** The earliest first, at most so many. */
  waiting(most: number): Promise<readonly WaitingReport[]>;
  /** Undefined if there is nothing under this name. */
  counts(name: string): Promise<StoredDay | undefined>;
  /** Sessions of this day that found no room, or came when the report of their domain was begun. */
  leftOut(day: string): Promise<number>;
  /** Those of these domains and addresses that get no reports. */
  suppressedOf(names: readonly string[]): Promise<ReadonlySet<string>>;
  /** All that get no reports, and since when (epoch ms). */
  suppressed(): Promise<ReadonlyMap<string, number>>;
  /** False if there are too many. */
  suppress(name: string, at: number): Promise<boolean>;
  /** False if it was not suppressed. */
  unsuppress(name: string): Promise<boolean>;
}

/** An operator writes them by hand. */
const MOST_SUPPRESSED = 10_000;

export function openTlsReports({
  redis,
  base,
  store,
}: {
  readonly redis: Redis;
  readonly base: string;
  readonly store: QueueStore;
}): TlsReportStore {
  const suppressed = `${base}tlsrpt-suppressed`;
  return {
    takeReport: (wanted) => store.takeReport(wanted),
    settleReport: (settled) => store.settleReport(settled),
    hastenReport: (wanted) => store.hastenReport(wanted),
    async waiting(most) {
      const found = await asked(redis.zrange(`${base}tlsrpt-due`, '0', String(most - 1), 'WITHSCORES'));
      const names = found.filter((_, place) => place % 2 === 0);
      return names.map((name, index) => ({ name, dueAt: Number(found[2 * index + 1]) }));
    },
    async counts(name) {
      const fields = new Map(Object.entries(await asked(redis.hgetall(`${base}tlsrpt:${name}`))));
      return fields.size === 0 ? undefined : { name, fields };
    },
    leftOut: async (day) => Number((await asked(redis.hget(`${base}tlsrpt-octets:${day}`, 'left-out'))) ?? 0),
    async suppressedOf(names) {
      if (names.length === 0) return new Set();
      const found = await asked(redis.hmget(suppressed, ...names));
      return new Set(names.filter((_, place) => typeof found[place] === 'string'));
    },
    async suppressed() {
      const found = Object.entries(await asked(redis.hgetall(suppressed)));
      return new Map(found.map(([name, at]) => [name, Number(at)]));
    },
    async suppress(name, at) {
      if ((await asked(redis.hlen(suppressed))) >= MOST_SUPPRESSED) return false;
      await asked(redis.hsetnx(suppressed, name, at));
      return true;
    },
    unsuppress: async (name) => (await asked(redis.hdel(suppressed, name))) === 1,
  };
}
