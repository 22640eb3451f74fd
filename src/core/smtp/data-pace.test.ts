import { expect, test } from 'vitest';
import { DataPace } from './data-pace.ts';

test('a server that takes no time has all of it', () => {
  const pace = new DataPace(180_000, 500);
  for (let pieces = 0; pieces < 100; pieces += 1) pace.took(0, 65_536);
  expect(pace.leftMs).toBe(180_000);
});

test('one that takes 500 octets a second has time for ever', () => {
  const pace = new DataPace(180_000, 500);
  for (let pieces = 0; pieces < 1_000; pieces += 1) {
    expect(pace.leftMs).toBeGreaterThan(131_072);
    pace.took(131_072, 65_536);
  }
});

test('one that takes half of that has time for a while', () => {
  const pace = new DataPace(180_000, 500);
  let bytes = 0;
  // Each second 250 octets: half a second is lost each time.
  for (; pace.leftMs > 1_000; bytes += 250) pace.took(1_000, 250);
  expect(bytes).toBe(250 * 358);
});

test('what it saves it does not keep', () => {
  const pace = new DataPace(1_000, 500);
  pace.took(0, 1_000_000);
  pace.took(900, 0);
  expect(pace.leftMs).toBe(100);
});

test('without a least rate each piece has the whole time', () => {
  const pace = new DataPace(1_000, 0);
  pace.took(999, 1);
  expect(pace.leftMs).toBe(1_000);
});
