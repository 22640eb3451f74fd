import { describe, expect, it } from 'vitest';
import { valueOf } from '../../bench/prometheus.ts';
import { floorsOf, trendOf, type Point } from '../../bench/trend.ts';
import { makeDice } from '../support/dice.ts';

/** What the soak judges memory by. */

const MiB = 2 ** 20;

/** Octets after each hundred connections: a heap that goes up and down, and what is left behind. */
function memory(looks: number, leakPerConnection: number, seed: number): Point[] {
  const roll = makeDice(seed);
  return Array.from({ length: looks }, (_, nth) => ({
    x: nth * 100,
    y: 150 * MiB + roll.fraction() * 20 * MiB + nth * 100 * leakPerConnection,
  }));
}

describe('trendOf()', () => {
  it('is the slope of a line, whatever a few strays say', () => {
    const line = Array.from({ length: 20 }, (_, x) => ({ x, y: x % 7 === 3 ? 1e6 : 5 + 2 * x }));
    expect(trendOf(line)?.slope).toBe(2);
  });

  it.each([1, 2, 3])(
    'finds a leak of some KiB a connection under the coming and going of a heap (%d)',
    (seed) => {
      const { low = 0, slope = 0 } = trendOf(memory(100, 6_000, seed)) ?? {};
      expect(low).toBeGreaterThan(4_000);
      expect(Math.abs(slope - 6_000)).toBeLessThan(1_000);
    },
  );

  it.each([1, 2, 3])('finds none where there is none (%d)', (seed) => {
    const { low = 0, high = 0 } = trendOf(memory(100, 0, seed)) ?? {};
    expect(low).toBeLessThan(500);
    expect(high).toBeGreaterThan(-500);
  });

  it('says nothing of three points, or of points above each other', () => {
    expect(trendOf(memory(3, 0, 1))).toBeUndefined();
    expect(trendOf([1, 2, 3, 4, 5].map((y) => ({ x: 1, y })))).toBeUndefined();
  });
});

describe('floorsOf()', () => {
  /** A heap that grows by 50 MiB, and is cleaned at every 3,000th connection. */
  function sawtooth(connections: number, leakPerConnection: number): Point[] {
    return Array.from({ length: connections / 50 }, (_, nth) => {
      const x = nth * 50;
      return { x, y: 160 * MiB + ((x % 3_000) / 3_000) * 50 * MiB + x * leakPerConnection };
    });
  }

  it('are where the heap was clean, one for each whole stretch', () => {
    const floors = floorsOf(sawtooth(18_000, 0), 4_000);
    expect(floors.map(({ y }) => Math.round(y / MiB))).toEqual([160, 160, 160, 160]);
    expect(floorsOf(sawtooth(3_000, 0), 4_000)).toEqual([]);
  });

  it('have the slope of a leak, and none without', () => {
    expect(trendOf(floorsOf(sawtooth(60_000, 0), 4_000))?.low).toBeLessThanOrEqual(0);
    expect(trendOf(floorsOf(sawtooth(60_000, 1_000), 4_000))?.low).toBeGreaterThan(900);
  });
});

describe('valueOf()', () => {
  const text = '# HELP a x\na{l="1"} 2\na{l="2"} 3\nab 7\nc 1.5e3\n';

  it('adds up a metric, or those with a label, and takes no other whose name begins alike', () => {
    expect(valueOf(text, 'a')).toBe(5);
    expect(valueOf(text, 'a', 'l="2"')).toBe(3);
    expect(valueOf(text, 'c')).toBe(1500);
    expect(valueOf(text, 'd')).toBe(0);
  });
});
