import { createMemoryBudget, MemoryShare } from '../../src/core/memory-budget.ts';

/** A share of all the memory there is. */
export function wideShare(): MemoryShare {
  return new MemoryShare(createMemoryBudget(Infinity));
}
