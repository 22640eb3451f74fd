import { describe, expect, it } from 'vitest';
import { barsOf, fillWords, type BarFacts } from './bars.ts';

const well: BarFacts = {
  resolver: { state: 'validates' },
  store: { state: 'takes mail' },
  wantsDane: true,
  lowWatermarkPercent: 70,
  problems: new Map(),
};
const lost = { state: 'does not validate', sinceMs: 5, reason: 'ns: without AD' } as const;
const full = { state: 'full', sinceMs: 7, reason: '92 % of 100 MiB' } as const;

describe('barsOf()', () => {
  it('has none while all is well', () => {
    expect(barsOf(well)).toEqual([]);
  });

  it('says what waits for the resolver, and that nothing is returned', () => {
    expect(barsOf({ ...well, resolver: lost, problems: new Map([['resolver', 'x']]) })).toEqual([
      {
        kind: 'resolver',
        severity: 'red',
        sinceMs: 5,
        text: 'Mail at the levels dane and dane-only waits: no resolver validates DNSSEC',
        means: 'Nothing is returned to its sender because of this. ns: without AD',
        advice: ['dane-relay doctor'],
      },
    ]);
    expect(barsOf({ ...well, resolver: { ...lost, state: 'does not answer' } })[0]?.text).toMatch(
      /^All mail/,
    );
  });

  it('says nothing of validation where nobody wants it', () => {
    expect(barsOf({ ...well, resolver: lost, wantsDane: false })).toEqual([]);
  });

  it('says what a full store means', () => {
    const [bar, ...more] = barsOf({ ...well, store: full, problems: new Map([['queue', 'full']]) });
    expect(more).toEqual([]);
    expect(bar).toMatchObject({
      kind: 'store full',
      severity: 'red',
      text: 'New mail is refused (452)',
      sinceMs: 7,
    });
    expect(bar?.means).toBe(
      'The store is full: 92 % of 100 MiB. Delivery goes on; mail is taken again below 70 %.',
    );
  });

  it('names other parts that are in trouble', () => {
    const problems = new Map([
      ['event loop', 'was held'],
      ['redis', 'cannot rewrite its file'],
    ]);
    expect(barsOf({ ...well, problems }).map(({ severity, text }) => [severity, text])).toEqual([
      ['amber', 'event loop'],
      ['amber', 'redis'],
    ]);
  });
});

it('fillWords()', () => {
  expect(fillWords({ usedBytes: 2 ** 30, limitBytes: 2 ** 31 })).toBe('50 % of 2.0 GiB in use');
  expect(fillWords({})).toBe('no more room');
});
