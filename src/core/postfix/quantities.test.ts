import { expect, test } from 'vitest';
import { readNumber, readTime, readYesNo, sizeText, timeText } from './quantities.ts';

test.each([
  ['5', 'd', 432_000],
  ['5', 's', 5],
  ['4h', 's', 14_400],
  ['90m', 'd', 5_400],
  ['1w', 'd', 604_800],
  ['0', 'h', 0],
  ['300s', 'd', 300],
  ['', 's', undefined],
  ['-1', 's', undefined],
  ['5y', 's', undefined],
  ['1.5h', 's', undefined],
  ['4000w', 's', undefined],
  ['99999999999', 's', undefined],
] as const)('readTime(): %j in %s', (text, unit, wanted) => {
  expect(readTime(text, unit)).toBe(wanted);
});

test.each([
  [432_000, '5d'],
  [14_400, '4h'],
  [5_400, '90m'],
  [4000, '4000s'],
  [0, '0s'],
])('timeText(): %d', (seconds, wanted) => {
  expect(timeText(seconds)).toBe(wanted);
});

test.each([
  [10_240_000, '10000KiB'],
  [50_000, '50000B'],
  [67_108_864, '64MiB'],
  [0, '0B'],
])('sizeText(): %d', (octets, wanted) => {
  expect(sizeText(octets)).toBe(wanted);
});

test('readNumber() and readYesNo() read what Postfix reads', () => {
  expect([readNumber('50'), readNumber('5x'), readNumber('')]).toEqual([50, undefined, undefined]);
  expect([readYesNo('Yes'), readYesNo('no'), readYesNo('true')]).toEqual([true, false, undefined]);
});
