import { expect, test } from 'vitest';
import { exceptionOf, readUntil } from './except-commands.ts';

const now = Date.UTC(2026, 10, 29, 12);

test.each([
  ['+3d', now + 3 * 86_400_000],
  ['+90m', now + 5_400_000],
  ['2026-12-01T18:00Z', Date.UTC(2026, 11, 1, 18)],
  ['2026-12-01T18:00:30+01:00', Date.UTC(2026, 11, 1, 17, 0, 30)],
  ['2026-12-01', new Date(2026, 11, 1).getTime()],
  ['2026-12-01 18:00', new Date(2026, 11, 1, 18).getTime()],
  ['3d', undefined],
  ['+3', undefined],
  ['tomorrow', undefined],
  ['2026-13-01', undefined],
  ['2026-12-01T25:00', undefined],
])('%s', (text, at) => {
  expect(readUntil(text, now)).toBe(at);
});

const wishes = { domain: 'example.org', level: 'may', until: '+1d', reason: 'r', by: 'uid 0' };

test.each([
  [{ level: undefined }, /needs --level, --until and --reason/],
  [{ until: undefined }, /needs --level, --until and --reason/],
  [{ reason: undefined }, /needs --level, --until and --reason/],
  [{ until: 'soon' }, /--until is "\+3d"/],
  [{ level: 'none' }, /^An exception has one of the levels/],
  [{ until: '+91d' }, /^An exception lasts 90 days at most/],
])('%j makes no sense', (part, problem) => {
  expect(() => exceptionOf({ ...wishes, ...part }, now)).toThrow(problem);
});
