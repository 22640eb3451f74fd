import { describe, expect, it } from 'vitest';
import { holdOf, Holds, holdText, isTroubling } from './event-loop.ts';

describe('Holds', () => {
  it('knows the longest of the last minute and of a life', () => {
    const holds = new Holds();
    holds.add({ heldMs: 900, workMs: 100 }, 0);
    holds.add({ heldMs: 300, workMs: 200 }, 30_000);
    expect(holds.longest(59_000)).toEqual({
      minute: { heldMs: 900, workMs: 200 },
      life: { heldMs: 900, workMs: 200 },
    });
    expect(holds.longest(61_000)).toEqual({
      minute: { heldMs: 300, workMs: 200 },
      life: { heldMs: 900, workMs: 200 },
    });
    expect(holds.longest(100_000).minute).toEqual({ heldMs: 0, workMs: 0 });
  });
});

describe('holdOf()', () => {
  it.each([
    ['work', 1500, 1600, 10, 1490],
    ['many small pieces of work, and no processor for a while', 2400, 400, 2100, 300],
    ['no processor for all of it', 2400, 50, 2390, 10],
    ['SIGSTOP, or a disk that does not answer', 9000, 5, 0, 5],
    ['waiting that was elsewhere', 20, 500, 400, 0],
    ['a timer that was early', -0.2, 1, 0, 0],
  ])('knows of %s how much was work', (_, longest, ran, waited, workMs) => {
    expect(holdOf(longest, ran, waited)).toEqual({ heldMs: Math.max(0, longest), workMs });
  });
});

describe('isTroubling()', () => {
  it('is a second of work, or ten of anything: a busy machine is no fault of ours', () => {
    expect(isTroubling({ heldMs: 9_000, workMs: 900 })).toBe(false);
    expect(isTroubling({ heldMs: 1_000, workMs: 1_000 })).toBe(true);
    expect(isTroubling({ heldMs: 10_000, workMs: 0 })).toBe(true);
  });
});

it('holdText() says how long, and how much of it was work', () => {
  expect(holdText({ heldMs: 1234, workMs: 1100 })).toBe(
    'nothing else was done for 1.23 s (1.10 s of it at work)',
  );
});
