import { describe, expect, it } from 'vitest';
import { createMemoryBudget, MemoryShare } from './memory-budget.ts';

describe('a budget of memory', () => {
  it('gives as much as there is, all of what is asked for or nothing', () => {
    const budget = createMemoryBudget(100);
    expect([budget.take(60), budget.take(60), budget.take(40), budget.take(1)]).toEqual([
      true,
      false,
      true,
      false,
    ]);
    budget.give(60);
    expect(budget.usedBytes()).toBe(40);
    expect(budget.take(60)).toBe(true);
  });

  it('can be overdrawn by who insists, and then gives nothing', () => {
    const budget = createMemoryBudget(100);
    budget.takeAnyway(150);
    expect(budget.take(1)).toBe(false);
    budget.give(60);
    expect(budget.take(1)).toBe(true);
  });

  it('tells that it is exhausted once, until there is a tenth of room again', () => {
    let told = 0;
    const budget = createMemoryBudget(100, () => (told += 1));
    budget.take(100);
    budget.take(1);
    budget.take(1);
    expect(told).toBe(1);
    budget.give(10);
    budget.take(20);
    expect(told).toBe(1);
    budget.give(1);
    budget.take(20);
    expect(told).toBe(2);
  });

  it('gets back what one has taken, once', () => {
    const budget = createMemoryBudget(100);
    const share = new MemoryShare(budget);
    expect([share.grow(30), share.grow(30), share.grow(50)]).toEqual([true, true, false]);
    expect(budget.usedBytes()).toBe(60);
    share.release();
    share.release();
    expect(budget.usedBytes()).toBe(0);
    expect(share.grow(50)).toBe(true);
  });
});
