import { describe, expect, it } from 'vitest';
import { moreThanItsPart, nodeShare, type SharedLimits } from './node-share.ts';

const usual: SharedLimits = {
  destinationConcurrencyLimit: 20,
  initialDestinationConcurrency: 5,
  addressConcurrencyLimit: 50,
  destinationRateDelayMs: 0,
};

describe('nodeShare()', () => {
  it('is the whole for one node', () => {
    expect(nodeShare({ ...usual, destinationRateDelayMs: 500 }, 1)).toEqual({
      ...usual,
      destinationRateDelayMs: 500,
    });
  });

  it('of several nodes is never more than the whole, unless there are fewer connections than nodes', () => {
    for (let nodes = 1; nodes <= 40; nodes += 1)
      for (let limit = 1; limit <= 60; limit += 1) {
        const whole = { ...usual, destinationConcurrencyLimit: limit, addressConcurrencyLimit: limit };
        const { destinationConcurrencyLimit, addressConcurrencyLimit } = nodeShare(whole, nodes);
        const most = Math.max(limit, nodes);
        expect(destinationConcurrencyLimit * nodes).toBeLessThanOrEqual(most);
        expect(addressConcurrencyLimit * nodes).toBeLessThanOrEqual(most);
        expect(destinationConcurrencyLimit).toBeGreaterThan(0);
        expect(moreThanItsPart(whole, nodes).length > 0).toBe(destinationConcurrencyLimit * nodes > limit);
      }
  });

  it('of a pause is as long as those of all nodes together: so many deliveries in that time as one would make', () => {
    const { destinationRateDelayMs } = nodeShare({ ...usual, destinationRateDelayMs: 250 }, 4);
    // Four nodes, one delivery each in this time.
    expect(4 / destinationRateDelayMs).toBe(1 / 250);
  });

  it('of no limit is none', () => {
    expect(nodeShare({ ...usual, addressConcurrencyLimit: 0 }, 4).addressConcurrencyLimit).toBe(0);
    expect(moreThanItsPart({ ...usual, addressConcurrencyLimit: 0 }, 20)).toEqual([]);
    expect(moreThanItsPart(usual, 21)).toEqual(['delivery.destination_concurrency_limit']);
  });
});
