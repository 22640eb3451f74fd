import { expect, test } from 'vitest';
import { formatTable, isAsExpected, type Row } from './table.ts';

const good: Row = {
  case: {
    domain: 'good.test',
    what: 'TLSA 3 1 1',
    client: 'swaks',
    host: 'mx.good.test',
    expected: { outcome: 'sent 2.0.0 Verified', mails: 1, unauthenticated: false },
  },
  happened: 'sent 2.0.0 Verified',
  seen: { mails: 1, clearBytes: 0, unauthenticatedBytes: 0 },
};

test('formatTable(): aligns texts to the left, numbers to the right, and judges each row', () => {
  const bad = { ...good, happened: 'deferred 4.7.5 -', seen: { ...seen(good), unauthenticatedBytes: 12345 } };
  expect(formatTable([good, bad])).toEqual([
    'destination  what it is  expected             happened             mails  clear  unauth',
    'good.test    TLSA 3 1 1  sent 2.0.0 Verified  sent 2.0.0 Verified      1      0       0  OK',
    'good.test    TLSA 3 1 1  sent 2.0.0 Verified  deferred 4.7.5 -         1      0   12345  DIFFERS',
  ]);
});

test('formatTable(): shows dashes where there is no host', () => {
  const { case: one, happened } = good;
  expect(formatTable([{ case: { ...one, expected: { ...one.expected, mails: 0 } }, happened }])[1]).toMatch(
    / +- +- +- {2}OK$/,
  );
});

test.each([
  ['as expected', good, true],
  ['another verdict', { ...good, happened: 'sent 2.0.0 Untrusted' }, false],
  ['no mail at the host', { ...good, seen: { ...seen(good), mails: 0 } }, false],
  ['a duplicate', { ...good, seen: { ...seen(good), mails: 2 } }, false],
  ['mail in the clear', { ...good, seen: { ...seen(good), clearBytes: 1 } }, false],
  ['mail for a host not known', { ...good, seen: { ...seen(good), unauthenticatedBytes: 1 } }, false],
])('isAsExpected(): %s', (_, row, expected) => {
  expect(isAsExpected(row)).toBe(expected);
});

function seen({ seen }: Row) {
  if (seen === undefined) throw new Error('no report');
  return seen;
}
