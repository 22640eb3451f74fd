import { describe, expect, it } from 'vitest';
import { delaysOf, formatDelay } from './delays.ts';

describe('formatDelay()', () => {
  it.each([
    [0, '0'],
    [0.004, '0'],
    [0.005, '0.01'],
    [0.05, '0.05'],
    [0.094, '0.09'],
    [0.095, '0.1'],
    [0.123, '0.12'],
    [0.994, '0.99'],
    [0.995, '1'],
    [1.04, '1'],
    [1.05, '1.1'],
    [1.95, '2'],
    [5.44, '5.4'],
    [9.94, '9.9'],
    [9.95, '10'],
    [10.4, '10'],
    [10.5, '11'],
    [12.5, '13'],
    [99.6, '100'],
    [1234.5, '1235'],
  ])('%s s is printed as %s', (seconds, text) => {
    expect(formatDelay(seconds)).toBe(text);
  });
});

describe('delaysOf()', () => {
  it('counts a failed connection as set-up and nothing as transmission', () => {
    const delays = delaysOf({ arrivedAt: 1000, activeAt: 1020, handedAt: 1050, doneAt: 1550 });
    expect(delays).toEqual({ total: 0.55, parts: [0.02, 0.03, 0.5, 0] });
  });

  it('splits set-up and transmission at MAIL FROM', () => {
    const stamps = { arrivedAt: 0, activeAt: 10, handedAt: 10, transactionAt: 300, doneAt: 1500 };
    expect(delaysOf(stamps).parts).toEqual([0.01, 0, 0.29, 1.2]);
  });

  it('never goes below zero when the clock was set back', () => {
    expect(delaysOf({ arrivedAt: 5000, activeAt: 1000, handedAt: 900, doneAt: 800 }).parts).toEqual([
      0, 0, 0, 0,
    ]);
  });
});
