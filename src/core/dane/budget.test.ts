import { expect, test } from 'vitest';
import { budgetOf } from './budget.ts';

test('budgetOf(): pays as long as there is enough, and never again after', () => {
  const budget = budgetOf(10);
  expect(budget.spend(4)).toBe(true);
  expect(budget.spend(6)).toBe(true);
  expect([budget.paid(), budget.isSpent()]).toEqual([10, false]);
  expect(budget.spend(0)).toBe(true);
  expect(budget.spend(0.5)).toBe(false);
  expect([budget.paid(), budget.isSpent()]).toEqual([10, true]);
  expect(budget.spend(0)).toBe(false);
});

test('budgetOf(): what is too dear leaves nothing for what is cheap', () => {
  const budget = budgetOf(10);
  expect(budget.spend(11)).toBe(false);
  expect(budget.spend(1)).toBe(false);
  expect([budget.paid(), budget.isSpent()]).toEqual([0, true]);
});
