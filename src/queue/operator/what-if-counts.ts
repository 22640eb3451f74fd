import {
  caseName,
  mostCases,
  mostIds,
  noCounts,
  readCase,
  type CountedCase,
  type WhatIfCounts,
} from '../../core/what-if/counted.ts';
import type { QueueStore } from '../store/queue-store.ts';

/** What all relays of a queue have counted of policies that are tried out. Calls reject with QueueError. */
export interface WhatIfStore {
  /** @param day `2026-11-30` @param keptMs how long it is kept after that day */
  add(day: string, counts: WhatIfCounts, keptMs: number): Promise<void>;
  read(day: string): Promise<WhatIfCounts>;
}

const dayMs = 86_400_000;

export function openWhatIfCounts({ whatIf }: Pick<QueueStore, 'whatIf'>): WhatIfStore {
  return {
    async add(day, { looked, unknown, others, cases }, keptMs) {
      const until = Date.parse(`${day}T00:00:00Z`) + dayMs + keptMs;
      const byName = new Map(cases.map((one) => [caseName(one), one]));
      const { count, known } = await whatIf.known(day, [...byName.keys()]);
      // Two relays at the same moment may go above it by what each has in hand.
      let room = mostCases - count;
      const added = new Map<string, number>([['looked', looked]]);
      if (unknown > 0) added.set('unknown', unknown);
      let rest = others;
      for (const [name, one] of byName) {
        if (known.has(name) || (room -= 1) >= 0) added.set(name, one.count);
        else rest += one.count;
      }
      if (rest > 0) added.set('others', rest);
      const sums = await whatIf.add(day, added, until);
      const ids: Record<string, string> = {};
      for (const [name, sum] of sums) {
        const queueIds = byName.get(name)?.queueIds ?? [];
        // The last ones of a case take the places of its oldest ones.
        queueIds.forEach((id, place) => {
          const nth = sum - queueIds.length + place;
          ids[`${((nth % mostIds) + mostIds) % mostIds} ${name}`] = `${nth} ${id}`;
        });
      }
      await whatIf.putIds(day, ids, until);
    },
    async read(day) {
      const counts = await whatIf.counts(day);
      const ids = idsByName(await whatIf.ids(day));
      const cases = Object.entries(counts).flatMap(([name, text]): readonly CountedCase[] => {
        const one = readCase(name);
        return one === undefined ? [] : [{ ...one, count: numberOf(text), queueIds: ids.get(name) ?? [] }];
      });
      const [looked, unknown, others] = ['looked', 'unknown', 'others'].map((name) =>
        numberOf(counts[name]),
      ) as [number, number, number];
      return { ...noCounts, looked, unknown, others, cases };
    },
  };
}

/** The oldest first. */
function idsByName(stored: Readonly<Record<string, string>>): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, (readonly [nth: number, id: string])[]>();
  for (const [place, text] of Object.entries(stored)) {
    const name = place.slice(place.indexOf(' ') + 1);
    const blank = text.indexOf(' ');
    const entry = [Number(text.slice(0, blank)), text.slice(blank + 1)] as const;
    found.set(name, [...(found.get(name) ?? []), entry]);
  }
  return new Map(
    [...found].map(([name, all]) => [
      name,
      all.toSorted(([one], [other]) => one - other).map(([, id]) => id),
    ]),
  );
}

function numberOf(text: string | undefined): number {
  const value = Number(text);
  return Number.isSafeInteger(value) && value > 0 ? value : 0;
}
