import { expect, test } from 'vitest';
import { together } from '../../bench/budget/budget-table.ts';
import { nodeCapacity, planFor, sharedCapacity } from '../../bench/budget/capacity.ts';

test('nodeCapacity(): the slower core is the limit, and half of it is planned with', () => {
  expect(nodeCapacity({ relayPerThousand: 1, redisPerThousand: 0.25 }, 2)).toEqual({
    relay: 1_000,
    redis: 4_000,
    planned: 500,
  });
  // On one core they share it.
  expect(nodeCapacity({ relayPerThousand: 1, redisPerThousand: 0.25 }, 1).planned).toBe(400);
});

test('planFor(): the busiest hour, and one node that may be away', () => {
  const budgets = { [together]: { 'Redis octets to disk': 6_000, 'Redis fdatasync': 1 } };
  expect(planFor(36_000_000, { planned: 500 }, { budgets, queuedOctets: 6_000 })).toEqual({
    messagesPerDay: 36_000_000,
    meanPerSecond: 36_000_000 / 86_400,
    busiestPerSecond: 1_000,
    nodes: 3,
    diskMegabytes: expect.closeTo(4) as number,
    flushes: expect.closeTo(1_000 / 3) as number,
    queueMegabytes: expect.closeTo(3_600) as number,
  });
});

test('sharedCapacity(): what is left of the processors', () => {
  expect(sharedCapacity(2, 1.8)).toBe(1_000);
});
