import { expect, test } from 'vitest';
import { loadConfig } from '../config/load.ts';
import { filesWanted, parseFileLimit } from './open-files.ts';

test.each([
  ['Max processes  5 5 processes\nMax open files            1024                 4096  files\n', 1024],
  ['Max open files            unlimited            unlimited            files\n', Infinity],
  ['', undefined],
])('parseFileLimit(): %j', (limits, expected) => {
  expect(parseFileLimit(limits)).toBe(expected);
});

test('filesWanted(): a file for each client and each session, and some of our own', () => {
  const config = loadConfig({
    env: {},
    sets: ['intake.client_limit=1000', 'delivery.active_destinations=50'],
  });
  expect(filesWanted(config)).toBe(1300);
});
