import { expect, test } from 'vitest';
import { LoginFailures } from './login-failures.ts';

test('the wait doubles to sixteen seconds', () => {
  const failures = new LoginFailures(1000);
  const waits = [1, 2, 3, 4, 5, 6, 7].map((at) => failures.count('192.0.2.1', 'a', at));
  expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 16_000, 16_000]);
});

test('an address that tries many users, and many addresses that try one user', () => {
  const failures = new LoginFailures(1000);
  expect(['a', 'b', 'c'].map((user) => failures.count('192.0.2.1', user, 0))).toEqual([1000, 2000, 4000]);
  expect(['192.0.2.2', '192.0.2.3'].map((address) => failures.count(address, 'A', 0))).toEqual([2000, 4000]);
  expect(failures.count('192.0.2.9', undefined, 0)).toBe(1000);
});

test('ten minutes without another failure are forgotten', () => {
  const failures = new LoginFailures(1000);
  failures.count('192.0.2.1', 'a', 0);
  expect(failures.count('192.0.2.1', 'a', 600_000)).toBe(2000);
  expect(failures.count('192.0.2.1', 'a', 1_200_001)).toBe(1000);
});

test('no more is remembered than there is room for', () => {
  const failures = new LoginFailures(1000);
  for (let count = 0; count < 12_000; count += 1) failures.count(`address ${count}`, `user ${count}`, 0);
  expect(failures.size).toBe(10_000);
});

test('a name that no user can have takes no room of its own', () => {
  const failures = new LoginFailures(1000);
  for (let count = 0; count < 100; count += 1) failures.count('192.0.2.1', `${count}`.padStart(9000, 'x'), 0);
  expect(failures.size).toBe(2);
});
