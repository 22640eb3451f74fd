import { expect, test } from 'vitest';
import { alone, budgetTable, judge, together } from '../../bench/budget/budget-table.ts';

const recorded = { [alone]: { 'Redis writes': 10, 'Redis fdatasync': 0.4, 'relay writes': 10 } };

test.each([
  ['a tenth more', { 'Redis writes': 11 }, []],
  ['more than a tenth', { 'Redis writes': 11.01 }, [`${alone}: Redis writes 11.01, recorded were 10.00`]],
  ['a fraction of a call more', { 'Redis fdatasync': 0.55 }, []],
  ['more than that', { 'Redis fdatasync': 0.56 }, [`${alone}: Redis fdatasync 0.56, recorded were 0.40`]],
  ['less', { 'Redis writes': 5 }, []],
  ['what was not recorded', { 'Redis reads': 99 }, []],
  ['what is only shown', { 'relay futex': 99 }, []],
  ['what a busy machine raises', { 'relay writes': 99 }, []],
])('judge(): %s', (_, budget, grown) => {
  expect(judge({ [alone]: budget }, recorded).grown).toEqual(grown);
});

test('judge(): what the machine does not count is named, and not taken for kept', () => {
  expect(judge({ [alone]: { 'Redis writes': 10 } }, recorded)).toEqual({
    kept: 1,
    grown: [],
    uncounted: [`${alone}: Redis fdatasync`],
  });
});

test('judge(): where messages travel together, calls of Redis are shown only, and those of the relay are held', () => {
  const then = { [together]: { 'Redis fdatasync': 1, 'relay writes': 10, 'Redis scripts': 2 } };
  const found = { [together]: { 'Redis fdatasync': 2, 'relay writes': 12, 'Redis scripts': 3 } };
  expect(judge(found, then).grown).toEqual([
    `${together}: Redis scripts 3.00, recorded were 2.00`,
    `${together}: relay writes 12.00, recorded were 10.00`,
  ]);
});

test('judge(): looks at Redis are no growth, and content that comes back is', () => {
  const then = { [alone]: { 'Redis octets out': 585 } };
  expect(judge({ [alone]: { 'Redis octets out': 1_100 } }, then).grown).toEqual([]);
  expect(judge({ [alone]: { 'Redis octets out': 4_681 } }, then).grown).toHaveLength(1);
});

test('budgetTable(): a figure that this machine does not count has a dash, and a call that nobody makes no line', () => {
  expect(budgetTable({ alone: { 'relay writes': 123.4, 'relay readv': 0 } }, {})).toEqual([
    '| per message | alone | recorded |',
    '| --- | ---: | ---: |',
    '| relay writes | 123 | - |',
  ]);
});
