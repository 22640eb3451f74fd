import { describe, expect, it } from 'vitest';
import { sampleIn, scopeOf } from './sample.ts';

const cases = Array.from({ length: 100 }, (_, nth) => nth);
const few = { count: 7 };

describe('a sample', () => {
  it('is the same for the same seed, in the order of the cases', () => {
    const chosen = sampleIn({ seed: 3 }, 'a', cases, few);
    expect(chosen).toHaveLength(7);
    expect(chosen).toEqual(sampleIn({ seed: 3 }, 'a', cases, few));
    expect(chosen).toEqual(chosen.toSorted((one, other) => one - other));
  });

  it('is another one for another seed and for another list', () => {
    const chosen = sampleIn({ seed: 3 }, 'a', cases, few);
    expect(chosen).not.toEqual(sampleIn({ seed: 4 }, 'a', cases, few));
    expect(chosen).not.toEqual(sampleIn({ seed: 3 }, 'b', cases, few));
  });

  it('comes to every case in time', () => {
    const played = Array.from({ length: 200 }, (_, seed) => sampleIn({ seed }, 'a', cases, few)).flat();
    expect(new Set(played).size).toBe(cases.length);
  });

  it('has all that is always played, and as many others as without', () => {
    const chosen = sampleIn({ seed: 3 }, 'a', cases, { count: 7, always: (nth) => nth % 50 === 1 });
    expect(chosen).toEqual(expect.arrayContaining([1, 51]));
    expect(chosen).toHaveLength(9);
  });

  it('is the whole list, where that is shorter', () => {
    expect(sampleIn({ seed: 3 }, 'a', [1, 2], few)).toEqual([1, 2]);
    expect(sampleIn({ seed: 3 }, 'a', [], few)).toEqual([]);
  });
});

describe('a slice', () => {
  it('1/1 is the whole list', () => {
    expect(sampleIn({ seed: 3, slice: { nth: 1, of: 1 } }, 'a', cases, few)).toEqual(cases);
  });

  it('has nothing to do with the seed, and all of them make the whole list, each case once', () => {
    const slices = [1, 2, 3].map((nth) => sampleIn({ seed: 3, slice: { nth, of: 3 } }, 'a', cases, few));
    expect(slices.flat().toSorted((one, other) => one - other)).toEqual(cases);
    expect(sampleIn({ seed: 4, slice: { nth: 2, of: 3 } }, 'a', cases, few)).toEqual(slices[1]);
  });

  it('has a case of every list, however short, and all that is always played', () => {
    const slices = Array.from({ length: 9 }, (_, at) => ({ nth: at + 1, of: 9 }));
    for (const slice of slices) expect(sampleIn({ seed: 3, slice }, 'a', ['x'], few)).toEqual(['x']);
    const last = (nth: number): boolean => nth === 99;
    for (const slice of slices)
      expect(sampleIn({ seed: 3, slice }, 'a', cases, { count: 7, always: last })).toContain(99);
  });
});

describe('TEST_SEED and TEST_DEEP', () => {
  it('are a number, and a slice', () => {
    expect(scopeOf({ TEST_SEED: '12' })).toEqual({ seed: 12 });
    expect(scopeOf({ TEST_SEED: '12', TEST_DEEP: '' })).toEqual({ seed: 12 });
    expect(scopeOf({ TEST_SEED: '12', TEST_DEEP: '1/1' })).toEqual({ seed: 12, slice: { nth: 1, of: 1 } });
    // Its own, so that it plays the same cases whatever the seed.
    expect(scopeOf({ TEST_SEED: '12', TEST_DEEP: '3/10' })).toEqual({ seed: 3, slice: { nth: 3, of: 10 } });
  });

  it.each([
    [{}],
    [{ TEST_SEED: 'x' }],
    [{ TEST_SEED: '1', TEST_DEEP: 'yes' }],
    [{ TEST_SEED: '1', TEST_DEEP: '0/3' }],
    [{ TEST_SEED: '1', TEST_DEEP: '4/3' }],
  ])('%j is neither', (env) => {
    expect(() => scopeOf(env)).toThrow(/wanted/);
  });
});
