import { expect, test } from 'vitest';
import { parseDuration, parsePercent, parseSize } from './quantities.ts';

test.each([
  ['500ms', 500],
  ['300s', 300_000],
  ['5m', 300_000],
  ['1h', 3_600_000],
  ['5d', 432_000_000],
  ['0s', 0],
  ['30 s', 30_000],
])('parseDuration(): %s is %d ms', (text, expected) => {
  expect(parseDuration(text)).toBe(expected);
});

test.each([
  '300',
  '',
  's',
  '-1s',
  '1.5h',
  '1h30m',
  '5 minutes',
  '5M',
  '5S',
  ' 5s',
  '5constructor',
  '9'.repeat(16) + 's',
  '999999999999999d',
])('parseDuration(): %j is none', (text) => {
  expect(parseDuration(text)).toBeUndefined();
});

test.each([
  ['100B', 100],
  ['50KB', 50_000],
  ['10MB', 10_000_000],
  ['64KiB', 65_536],
  ['25MiB', 26_214_400],
  ['1GiB', 1_073_741_824],
])('parseSize(): %s is %d bytes', (text, expected) => {
  expect(parseSize(text)).toBe(expected);
});

test.each(['100', '10M', '10mb', '1TB', '-1B', '1.5MB', ''])('parseSize(): %j is none', (text) => {
  expect(parseSize(text)).toBeUndefined();
});

test.each([
  ['80%', 80],
  ['100 %', 100],
  ['80', undefined],
  ['-1%', undefined],
  ['1.5%', undefined],
])('parsePercent(%j)', (text, percent) => {
  expect(parsePercent(text)).toBe(percent);
});
