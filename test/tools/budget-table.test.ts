import { expect, test } from 'vitest';
import { budgetTable, exceeded } from '../../bench/budget/budget-table.ts';

const recorded = { alone: { 'relay writes': 10, 'Redis fdatasync': 0.4 } };

test.each([
  ['a tenth more', { 'relay writes': 11 }, []],
  ['more than a tenth', { 'relay writes': 11.01 }, ['alone: relay writes 11.01, recorded were 10.00']],
  ['a fraction of a call more', { 'Redis fdatasync': 0.55 }, []],
  ['more than that', { 'Redis fdatasync': 0.56 }, ['alone: Redis fdatasync 0.56, recorded were 0.40']],
  ['less', { 'relay writes': 5 }, []],
  ['what was not recorded', { 'relay reads': 99 }, []],
  ['what is only shown', { 'relay futex': 99 }, []],
])('exceeded(): %s', (_, alone, faults) => {
  expect(exceeded({ alone }, recorded)).toEqual(faults);
});

test('budgetTable(): a figure that this machine does not count has a dash', () => {
  expect(budgetTable({ alone: { 'relay writes': 123.4 } }, {})).toEqual([
    '| per message | alone | recorded |',
    '| --- | ---: | ---: |',
    '| relay writes | 123 | - |',
  ]);
});
