import { describe, expect, it } from 'vitest';
import {
  addedUp,
  caseName,
  createWhatIfTally,
  daysSince,
  inParts,
  mostCases,
  noCounts,
  readCase,
  type WhatIfCase,
} from './counted.ts';

const at = Date.UTC(2026, 10, 30, 12);
const one: WhatIfCase = {
  destination: 'a.test',
  host: 'mx.a.test',
  level: 'dane-only',
  verdict: 'waits',
  reason: 'no TLSA records found',
};

describe('counts', () => {
  it('have the number of each case, and its last messages', () => {
    const tally = createWhatIfTally();
    for (let nth = 1; nth <= 7; nth += 1) {
      tally.looked(at);
      tally.add(at, one, `Q${nth}`);
    }
    tally.looked(at + 86_400_000);
    tally.unknown(at + 86_400_000);
    const days = tally.take();
    expect([...days.keys()].toSorted()).toEqual(['2026-11-30', '2026-12-01']);
    expect(days.get('2026-11-30')).toEqual({
      ...noCounts,
      looked: 7,
      cases: [{ ...one, count: 7, queueIds: ['Q3', 'Q4', 'Q5', 'Q6', 'Q7'] }],
    });
    expect(days.get('2026-12-01')).toMatchObject({ looked: 1, unknown: 1 });
    expect(tally.take().size).toBe(0);
    tally.putBack(days);
    tally.add(at, one, 'Q8');
    const [counted] = tally.take().get('2026-11-30')?.cases ?? [];
    expect(counted).toMatchObject({ count: 8, queueIds: ['Q4', 'Q5', 'Q6', 'Q7', 'Q8'] });
  });

  it('keep no more cases apart than there is room for', () => {
    const tally = createWhatIfTally();
    for (let nth = 0; nth < mostCases + 5; nth += 1) {
      tally.add(at, { ...one, destination: `${nth}.test` }, 'Q');
    }
    const { cases = [], others } = tally.take().get('2026-11-30') ?? {};
    expect([cases.length, others]).toEqual([mostCases, 5]);
  });

  it('that cannot be stored for days give way to newer ones', () => {
    const tally = createWhatIfTally();
    const days = ['26', '27', '28', '29', '30'].map((day) => `2026-11-${day}`);
    tally.putBack(new Map(days.map((day) => [day, { ...noCounts, looked: 1 }])));
    expect([...tally.take().keys()]).toEqual(days.slice(2));
  });

  it('of several days are added up, and what would have waited comes first', () => {
    const elsewhere = { ...one, verdict: 'elsewhere' } as const;
    const first = { ...noCounts, looked: 3, cases: [{ ...elsewhere, count: 9, queueIds: ['A'] }] };
    const second = { ...noCounts, looked: 2, cases: [{ ...one, count: 1, queueIds: ['B'] }] };
    const sum = addedUp([first, second, second]);
    expect(sum.looked).toBe(7);
    expect(sum.cases.map(({ verdict, count, queueIds }) => [verdict, count, queueIds])).toEqual([
      ['waits', 2, ['B', 'B']],
      ['elsewhere', 9, ['A']],
    ]);
  });
});

describe('what is stored', () => {
  it('comes in pieces, which are together what there was', () => {
    const cases = Array.from({ length: 250 }, (_, nth) => ({
      ...one,
      destination: `${nth}.test`,
      count: 2,
      queueIds: ['A'],
    }));
    const whole = { looked: 600, unknown: 7, others: 3, cases };
    const parts = inParts(whole);
    expect(parts.map((part) => part.cases.length)).toEqual([100, 100, 50]);
    expect(addedUp(parts)).toEqual(whole);
    expect(addedUp(inParts(noCounts))).toEqual(noCounts);
  });
});

describe('names', () => {
  it('are read as they were written, and nothing else is', () => {
    expect(readCase(caseName(one))).toEqual(one);
    expect(caseName({ ...one, reason: 'x'.repeat(500) }).length).toBeLessThan(300);
    for (const text of ['looked', '', '[]', '["a","b","c","passes","e"]', '[1,"b","c","waits","e"]']) {
      expect(readCase(text)).toBeUndefined();
    }
  });

  it('of days: all that a time touches', () => {
    expect(daysSince(86_400_000, at)).toEqual(['2026-11-29', '2026-11-30']);
    expect(daysSince(0, at)).toEqual(['2026-11-30']);
  });
});
