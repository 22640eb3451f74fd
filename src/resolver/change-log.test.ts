import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createChangeLog } from './change-log.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function setUp() {
  const lines: string[] = [];
  const log = createChangeLog({ write: ({ text }) => lines.push(text), maxLines: 2, windowMs: 60_000 });
  const tell = (text: string): void => log.tell({ severity: 'info', text, validating: true });
  return { lines, log, tell };
}

test('createChangeLog(): the first changes get a line each, those after them one summary', () => {
  const { lines, tell } = setUp();
  for (const text of ['a', 'b', 'c', 'd', 'e']) tell(text);
  expect(lines).toEqual(['a', 'b']);
  vi.advanceTimersByTime(60_000);
  expect(lines).toEqual(['a', 'b', 'e (changed 3 more times in 60 s)']);
});

test('createChangeLog(): one that never rests gets a summary a window', () => {
  const { lines, tell } = setUp();
  for (let second = 0; second < 300; second++) {
    tell(String(second));
    vi.advanceTimersByTime(1000);
  }
  expect(lines).toEqual([
    '0',
    '1',
    '59 (changed 58 more times in 60 s)',
    '119 (changed 60 more times in 60 s)',
    '179 (changed 60 more times in 60 s)',
    '239 (changed 60 more times in 60 s)',
    '299 (changed 60 more times in 60 s)',
  ]);
});

test('createChangeLog(): after a quiet window every change has its line again', () => {
  const { lines, tell } = setUp();
  for (const text of ['a', 'b', 'c']) tell(text);
  vi.advanceTimersByTime(120_000);
  tell('d');
  expect(lines.at(-1)).toBe('d');
});

test('stop(): nothing is said any more', () => {
  const { lines, log, tell } = setUp();
  for (const text of ['a', 'b', 'c']) tell(text);
  log.stop();
  vi.advanceTimersByTime(120_000);
  expect(lines).toHaveLength(2);
  expect(vi.getTimerCount()).toBe(0);
});
