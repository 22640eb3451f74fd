import { expect, test } from 'vitest';
import { Patience } from './patience.ts';

const limits = { timeoutMs: 1000, minDataRateBytes: 100 };

test('Patience: a command has its time, and the next one has it again', () => {
  const patience = new Patience(limits, 0);
  expect(patience.isOver(999, 0, false)).toBe(false);
  expect(patience.isOver(1000, 0, false)).toBe(true);
  patience.begin(1000);
  expect(patience.isOver(1999, 0, false)).toBe(false);
  expect(patience.isOver(2000, 0, false)).toBe(true);
});

test('Patience: a message that trickles must make its rate on the whole', () => {
  const patience = new Patience(limits, 0);
  patience.messageBegins(0);
  for (let second = 1; second <= 10; second += 1) {
    patience.begin(second * 900);
    // A hundred octets a second are enough for as long as it takes.
    expect(patience.isOver(second * 900, second * 90, false)).toBe(false);
  }
  patience.begin(9500);
  expect(patience.isOver(10_100, 900, false)).toBe(true);
});

test('Patience: the time in which the client waits for us does not count', () => {
  const patience = new Patience(limits, 0);
  patience.messageBegins(0);
  for (let at = 500; at <= 5000; at += 500) expect(patience.isOver(at, 0, true)).toBe(false);
  expect(patience.isOver(5999, 0, false)).toBe(false);
  expect(patience.isOver(6000, 0, false)).toBe(true);
});

test('Patience: behind a message commands have their time alone', () => {
  const patience = new Patience(limits, 0);
  patience.messageBegins(0);
  patience.messageEnds(50_000);
  expect(patience.isOver(50_500, 0, false)).toBe(false);
});

test('Patience: there is less of it while the door is crowded', () => {
  const patience = new Patience(limits, 0);
  expect(patience.isOver(100, 0, false, 100)).toBe(true);
});
