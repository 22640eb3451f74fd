import { expect, test } from 'vitest';
import { createFetchMemory, type Fetched } from './fetch-memory.ts';
import { fetchError } from './policy-reply.ts';

const failed: Fetched = { kind: 'trouble', trouble: fetchError('http-404', 'HTTP status 404') };
const fetched: Fetched = { kind: 'policy', policy: { mode: 'none', maxAge: 1, mx: [], lines: [] } };
const minute = 60_000;

test('after a failure there is no other fetch for five minutes, whatever the id', () => {
  const memory = createFetchMemory();
  expect(memory.outcomeInstead('a.test', 0)).toBeUndefined();
  memory.note('a.test', failed, 0);
  expect(memory.outcomeInstead('a.test', 5 * minute - 1)).toBe(failed);
  expect(memory.outcomeInstead('b.test', 1)).toBeUndefined();
  expect(memory.outcomeInstead('a.test', 5 * minute)).toBeUndefined();
});

test('ids that change all the time cause five fetches in five minutes', () => {
  const memory = createFetchMemory();
  for (let at = 0; at < 5; at += 1) {
    expect(memory.outcomeInstead('a.test', at)).toBeUndefined();
    memory.note('a.test', fetched, at);
  }
  expect(memory.outcomeInstead('a.test', 5)).toBe(fetched);
  expect(memory.outcomeInstead('a.test', 5 * minute)).toBeUndefined();
});

test('a clock that was set back ends the pause', () => {
  const memory = createFetchMemory();
  memory.note('a.test', failed, 100 * minute);
  expect(memory.outcomeInstead('a.test', minute)).toBeUndefined();
});

test('a trouble is news once an hour', () => {
  const memory = createFetchMemory();
  const news = (code: string, at: number): boolean => memory.isNews('a.test', code, at);
  expect([news('x', 0), news('x', 1), news('y', 1), news('x', 60 * minute)]).toEqual([
    true,
    false,
    true,
    true,
  ]);
});

test('it does not grow without end', () => {
  const memory = createFetchMemory();
  for (let n = 0; n < 10_001; n += 1) memory.note(`${n}.test`, failed, 0);
  expect(memory.outcomeInstead('0.test', 1)).toBeUndefined();
  expect(memory.outcomeInstead('1.test', 1)).toBe(failed);
});

test('what a fetch came to is kept for its pause, and no longer', () => {
  const memory = createFetchMemory();
  for (let n = 0; n < 100; n += 1) memory.note(`${n}.test`, fetched, n);
  expect(memory.octets()).toBeGreaterThan(0);
  memory.isNews('other.test', 'x', 5 * minute + 99);
  expect(memory.octets()).toBe(0);
});

test('long policies do not fill the memory', () => {
  const memory = createFetchMemory();
  const lines = Array<string>(50).fill('x'.repeat(200));
  const long: Fetched = { kind: 'policy', policy: { mode: 'none', maxAge: 1, mx: [], lines } };
  for (let n = 0; n < 5_000; n += 1) memory.note(`${n}.test`, long, 0);
  expect(memory.octets()).toBeLessThanOrEqual(16 * 1024 * 1024);
  expect(memory.octets()).toBeGreaterThan(15 * 1024 * 1024);
});

test('what could not be told is news again', () => {
  const memory = createFetchMemory();
  expect(memory.isNews('a.test', 'x', 0)).toBe(true);
  memory.isNoNews('a.test', 'x');
  expect(memory.isNews('a.test', 'x', 1)).toBe(true);
});
