import { dayText } from '../time/moment-text.ts';

/** Mail that a policy would have kept from a host, by what is the same of it. */
export interface WhatIfCase {
  readonly destination: string;
  readonly host: string;
  /** The level that is tried out. */
  readonly level: string;
  readonly verdict: 'waits' | 'elsewhere';
  readonly reason: string;
}

/** What was counted of a case. */
export interface CountedCase extends WhatIfCase {
  readonly count: number;
  /** Some of the last messages. */
  readonly queueIds: readonly string[];
}

/** What is known of one day, or of several. */
export interface WhatIfCounts {
  /** Messages that a policy was tried on. */
  readonly looked: number;
  /** Those for which nobody can say. */
  readonly unknown: number;
  /** Those of cases that found no room. */
  readonly others: number;
  readonly cases: readonly CountedCase[];
}

/** Queue ids that are kept of a case. */
export const mostIds = 5;
/** Cases of one day that are kept apart. */
export const mostCases = 1_000;
const mostReason = 200;

export const noCounts: WhatIfCounts = { looked: 0, unknown: 0, others: 0, cases: [] };

/** The name of a case in the store; the same for the same case. */
export function caseName({ destination, host, level, verdict, reason }: WhatIfCase): string {
  return JSON.stringify([destination, host, level, verdict, reason.slice(0, mostReason)]);
}

/** Undefined if it is none. */
export function readCase(name: string): WhatIfCase | undefined {
  let read: unknown;
  try {
    read = JSON.parse(name);
  } catch {
    return undefined;
  }
  if (!Array.isArray(read) || read.length !== 5) return undefined;
  const [destination, host, level, verdict, reason] = read as readonly unknown[];
  if (typeof destination !== 'string' || typeof host !== 'string' || typeof level !== 'string')
    return undefined;
  if ((verdict !== 'waits' && verdict !== 'elsewhere') || typeof reason !== 'string') return undefined;
  return { destination, host, level, verdict, reason };
}

const dayMs = 86_400_000;

/** The days of a time that ends now, the first and the last of them whole, the oldest first. */
export function daysSince(sinceMs: number, now: number): readonly string[] {
  const first = Math.floor((now - sinceMs) / dayMs);
  const last = Math.floor(now / dayMs);
  return Array.from({ length: last - first + 1 }, (_, place) => dayText((first + place) * dayMs));
}

/** Several days as one; the cases with the most mail first. */
export function addedUp(days: readonly WhatIfCounts[]): WhatIfCounts {
  const cases = new Map<string, CountedCase>();
  let [looked, unknown, others] = [0, 0, 0];
  for (const day of days) {
    looked += day.looked;
    unknown += day.unknown;
    others += day.others;
    for (const one of day.cases) {
      const name = caseName(one);
      const before = cases.get(name);
      const count = one.count + (before?.count ?? 0);
      const queueIds = [...(before?.queueIds ?? []), ...one.queueIds].slice(-mostIds);
      cases.set(name, { ...one, count, queueIds });
    }
  }
  const sorted = [...cases.values()].toSorted(
    (one, other) =>
      Number(one.verdict !== 'waits') - Number(other.verdict !== 'waits') || other.count - one.count,
  );
  return { looked, unknown, others, cases: sorted };
}

/** Cases that are stored together: names of hosts are long, and storing them is one piece of work. */
const mostInPart = 100;

/** The same, in pieces. */
export function inParts({ cases, ...sums }: WhatIfCounts): readonly WhatIfCounts[] {
  const parts: WhatIfCounts[] = [{ ...sums, cases: cases.slice(0, mostInPart) }];
  for (let start = mostInPart; start < cases.length; start += mostInPart) {
    parts.push({ ...noCounts, cases: cases.slice(start, start + mostInPart) });
  }
  return parts;
}

/** What has not been stored yet, by its day. */
export interface WhatIfTally {
  looked(at: number): void;
  unknown(at: number): void;
  add(at: number, one: WhatIfCase, queueId: string): void;
  /** What was counted since the last time. */
  take(): ReadonlyMap<string, WhatIfCounts>;
  /** Puts back what could not be stored. */
  putBack(days: ReadonlyMap<string, WhatIfCounts>): void;
}

/** Of days, those whose counts could not be stored for so long that newer ones take their place. */
const mostDays = 3;

export function createWhatIfTally(): WhatIfTally {
  let days = new Map<string, WhatIfCounts>();

  function put(day: string, added: WhatIfCounts): void {
    const sum = addedUp([days.get(day) ?? noCounts, added]);
    const rest = sum.cases.slice(mostCases).reduce((total, { count }) => total + count, 0);
    days.set(day, { ...sum, others: sum.others + rest, cases: sum.cases.slice(0, mostCases) });
    for (const oldest of days.keys()) {
      if (days.size <= mostDays) break;
      days.delete(oldest);
    }
  }

  /** By name, and apart from `days` until they are taken: a case costs the same however many there are. */
  const cases = new Map<string, { readonly day: string; readonly counted: CountedCase }>();

  return {
    looked(at) {
      const day = dayText(at);
      const before = days.get(day) ?? noCounts;
      days.set(day, { ...before, looked: before.looked + 1 });
    },
    unknown(at) {
      const day = dayText(at);
      const before = days.get(day) ?? noCounts;
      days.set(day, { ...before, unknown: before.unknown + 1 });
    },
    add(at, one, queueId) {
      const day = dayText(at);
      const name = `${day} ${caseName(one)}`;
      const known = cases.get(name);
      if (known === undefined && cases.size >= mostCases) {
        const before = days.get(day) ?? noCounts;
        days.set(day, { ...before, others: before.others + 1 });
        return;
      }
      const { count = 0, queueIds = [] } = known?.counted ?? {};
      const ids = [...queueIds, queueId].slice(-mostIds);
      cases.set(name, {
        day,
        counted: { ...one, reason: one.reason.slice(0, mostReason), count: count + 1, queueIds: ids },
      });
    },
    take() {
      const byDay = new Map<string, CountedCase[]>();
      for (const { day, counted } of cases.values()) {
        const all = byDay.get(day);
        if (all === undefined) byDay.set(day, [counted]);
        else all.push(counted);
      }
      for (const [day, all] of byDay) put(day, { ...noCounts, cases: all });
      cases.clear();
      const taken = days;
      days = new Map();
      return taken;
    },
    putBack(taken) {
      for (const [day, counts] of taken) put(day, counts);
    },
  };
}
