import { expect, test } from 'vitest';
import {
  exceptionOrigin,
  exceptionText,
  isAbout,
  isInForce,
  longestExceptionMs,
  readException,
  readExceptionWish,
  type ExceptionWish,
} from './exception.ts';

const now = Date.UTC(2026, 10, 29);
const wish: ExceptionWish = {
  domain: 'Example.ORG.',
  level: 'may',
  until: now + 1_000,
  reason: ' their new key has no record yet\u202e ',
  by: 'uid 0',
};

test('a wish, in the form in which it is found', () => {
  const exception = readExceptionWish(wish, now);
  expect(exception).toEqual({
    name: 'example.org',
    level: 'may',
    until: now + 1_000,
    reason: 'their new key has no record yet?',
    setAt: now,
    by: 'uid 0',
  });
  if ('problem' in exception) throw new Error(exception.problem);
  expect(readException('example.org', exceptionText(exception))).toEqual(exception);
  expect(exceptionOrigin(exception)).toBe(
    'exception until 2026-11-29T00:00:01Z (their new key has no record yet?)',
  );
});

test.each<[Partial<ExceptionWish>, RegExp]>([
  [{ domain: 'a b' }, /^"a b" is no domain/],
  [{ domain: 'user@example.org' }, /is no domain/],
  [{ level: 'none' }, /one of the levels may, encrypt, dane, dane-only, not "none"/],
  [{ level: 'secure' }, /not "secure"/],
  [{ until: now }, /in the past/],
  [{ until: Number.NaN }, /in the past/],
  [{ until: now + longestExceptionMs + 1 }, /lasts 90 days at most/],
  [{ reason: '  ' }, /a reason has 1 to 200/],
  [{ reason: 'x'.repeat(201) }, /a reason has 1 to 200/],
])('%j is refused', (part, problem) => {
  expect(readExceptionWish({ ...wish, ...part }, now)).toEqual({
    problem: expect.stringMatching(problem) as string,
  });
});

test.each([
  ['', 'no JSON'],
  ['null', 'nothing'],
  ['{"level":"none","until":5,"setAt":1,"reason":"x","by":"y"}', 'a level that none has'],
  ['{"level":"may","until":"5","setAt":1,"reason":"x","by":"y"}', 'no date'],
  ['{"level":"may","until":1e99,"setAt":1,"reason":"x","by":"y"}', 'a date that is none'],
  ['{"level":"may","until":5,"setAt":1,"by":"y"}', 'no reason'],
])('what is stored and cannot be read does not exist: %s (%s)', (text) => {
  expect(readException('example.org', text)).toBeUndefined();
});

test('a name that is not the one under which it is looked up', () => {
  const text = '{"level":"may","until":5,"setAt":1,"reason":"x","by":"y"}';
  expect(readException('Example.org', text)).toBeUndefined();
  expect(readException('.example.org', text)).toMatchObject({ name: '.example.org' });
  expect(readException('[mail.example.org]:587', text)).toBeDefined();
});

test('its date, and a clock that has gone back behind its beginning', () => {
  const exception = {
    name: 'x',
    level: 'may',
    until: 2_000_000,
    setAt: 1_000_000,
    reason: '',
    by: '',
  } as const;
  expect([0, 699_999, 700_000, 1_999_999, 2_000_000].map((at) => isInForce(exception, at))).toEqual([
    false,
    false,
    true,
    true,
    false,
  ]);
});

test.each([
  ['example.org', 'example.org', true],
  ['example.org', 'sub.example.org', false],
  ['.example.org', 'sub.example.org', true],
  ['.example.org', 'a.sub.example.org', true],
  ['.example.org', 'example.org', false],
  ['[mail.example.org]:587', '[mail.example.org]:587', true],
  ['mail.example.org', '[mail.example.org]:587', false],
])('%s is about %s: %s', (name, nextHop, expected) => {
  expect(isAbout({ name }, nextHop)).toBe(expected);
});
