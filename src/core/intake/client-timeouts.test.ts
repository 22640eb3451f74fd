import { expect, test } from 'vitest';
import { ClientTimeouts } from './client-timeouts.ts';

const limits = { timeoutMs: 1000, minDataRateBytes: 100 };

test('ClientTimeouts: a command has its time, and the next one has it again', () => {
  const timeouts = new ClientTimeouts(limits, 0);
  expect(timeouts.isOver(999, 0, false)).toBe(false);
  expect(timeouts.isOver(1000, 0, false)).toBe(true);
  timeouts.begin(1000);
  expect(timeouts.isOver(1999, 0, false)).toBe(false);
  expect(timeouts.isOver(2000, 0, false)).toBe(true);
});

test('ClientTimeouts: a message that trickles must make its rate on the whole', () => {
  const timeouts = new ClientTimeouts(limits, 0);
  timeouts.messageBegins(0);
  for (let second = 1; second <= 10; second += 1) {
    timeouts.begin(second * 900);
    // A hundred octets a second are enough for as long as it takes.
    expect(timeouts.isOver(second * 900, second * 90, false)).toBe(false);
  }
  timeouts.begin(9500);
  expect(timeouts.isOver(10_100, 900, false)).toBe(true);
});

test('ClientTimeouts: the time in which the client waits for us does not count', () => {
  const timeouts = new ClientTimeouts(limits, 0);
  timeouts.messageBegins(0);
  for (let at = 500; at <= 5000; at += 500) expect(timeouts.isOver(at, 0, true)).toBe(false);
  expect(timeouts.isOver(5999, 0, false)).toBe(false);
  expect(timeouts.isOver(6000, 0, false)).toBe(true);
});

test('ClientTimeouts: behind a message commands have their time alone', () => {
  const timeouts = new ClientTimeouts(limits, 0);
  timeouts.messageBegins(0);
  timeouts.messageEnds(50_000);
  expect(timeouts.isOver(50_500, 0, false)).toBe(false);
});

test('ClientTimeouts: it is shorter while all connections are in use', () => {
  const timeouts = new ClientTimeouts(limits, 0);
  expect(timeouts.isOver(100, 0, false, 100)).toBe(true);
});
