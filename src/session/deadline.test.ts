import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Deadline } from './deadline.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('Deadline: expires once, at its time', () => {
  const expired = vi.fn();
  new Deadline(expired).arm(1000);
  vi.advanceTimersByTime(999);
  expect(expired).not.toHaveBeenCalled();
  vi.advanceTimersByTime(5000);
  expect(expired).toHaveBeenCalledOnce();
});

test('Deadline: moved later again and again, it expires after the last', () => {
  const expired = vi.fn();
  const deadline = new Deadline(expired);
  for (let round = 0; round < 10; round += 1) {
    deadline.arm(1000);
    vi.advanceTimersByTime(900);
  }
  expect(expired).not.toHaveBeenCalled();
  vi.advanceTimersByTime(100);
  expect(expired).toHaveBeenCalledOnce();
});

test('Deadline: moved earlier, it expires earlier', () => {
  const expired = vi.fn();
  const deadline = new Deadline(expired);
  deadline.arm(10_000);
  deadline.arm(100);
  vi.advanceTimersByTime(100);
  expect(expired).toHaveBeenCalledOnce();
});

test('Deadline: disarmed it does not expire, and can be armed anew', () => {
  const expired = vi.fn();
  const deadline = new Deadline(expired);
  deadline.arm(100);
  deadline.disarm();
  vi.advanceTimersByTime(1000);
  expect(expired).not.toHaveBeenCalled();
  deadline.arm(100);
  vi.advanceTimersByTime(100);
  expect(expired).toHaveBeenCalledOnce();
});

test('Deadline: arming for later makes no timer', () => {
  const deadline = new Deadline(() => undefined);
  deadline.arm(1000);
  const set = vi.spyOn(globalThis, 'setTimeout');
  for (let round = 0; round < 100; round += 1) {
    deadline.disarm();
    deadline.arm(1000);
  }
  expect(set).not.toHaveBeenCalled();
});

test('Deadline: stopped, it leaves no timer behind', () => {
  const deadline = new Deadline(() => undefined);
  deadline.arm(1000);
  deadline.stop();
  expect(vi.getTimerCount()).toBe(0);
});
