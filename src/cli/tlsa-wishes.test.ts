import { describe, expect, test } from 'vitest';
import { parseArguments } from './arguments.ts';
import { kindsWanted, readWishes } from './tlsa-wishes.ts';
import { timeWords } from './tlsa-words.ts';
import { UsageError } from './usage-error.ts';

const wishes = (line: string) =>
  readWishes(parseArguments(['tlsa', 'mx.pem', ...line.split(' ').filter(Boolean)]));

describe('readWishes()', () => {
  test('wants 3 1 1 in the form of zone files where nothing is said', () => {
    expect(wishes('')).toEqual({ format: 'bind', json: false });
    expect(kindsWanted(wishes(''))).toEqual([{ usage: 3, selector: 1, matching: 1 }]);
  });

  test.each(['--record 211', '--record 2-1-1'])('%s', (line) => {
    expect(wishes(line).kinds).toEqual([{ usage: 2, selector: 1, matching: 1 }]);
  });

  test('a name may be that of the record', () => {
    expect(wishes('--name _465._tcp.MX.test.')).toMatchObject({ host: 'mx.test', port: 465 });
    expect(wishes('--name mx.test --port 587')).toMatchObject({ host: 'mx.test', port: 587 });
    // What is said twice counts as it is said on its own.
    expect(wishes('--name _465._tcp.mx.test --port 587')).toMatchObject({ port: 587 });
  });

  test.each([
    '--record 511',
    '--record 3.1.1',
    '--name a_b..c',
    '--port 0',
    '--port 65536',
    '--port 2e1',
    '--ttl -1',
    '--ttl 2147483648',
    '--zone a..b',
    '--rollover --record 311',
    '--rollover --verify',
    '--rollover --ttl 60',
    '--verify --all',
    '--verify --format generic',
  ])('does not understand %s', (line) => {
    expect(() => wishes(line)).toThrow(UsageError);
  });
});

test('timeWords() rounds up to whole minutes, and has the date of another day', () => {
  const now = Date.UTC(2026, 10, 29, 23, 0, 0);
  expect(timeWords(now, now)).toBe('23:00 UTC');
  expect(timeWords(now + 1, now)).toBe('23:01 UTC');
  expect(timeWords(now + 3_600_000, now)).toBe('2026-11-30 00:00 UTC');
});
