import { describe, expect, it } from 'vitest';
import { Holds, holdText, isTroubling } from './event-loop.ts';

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
