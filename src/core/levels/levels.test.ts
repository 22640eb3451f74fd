import { expect, test } from 'vitest';
import { isDane, isPkix, requiresMatch, requiresTls, securityLevels, type EffectiveLevel } from './levels.ts';

/** Every level an operator can ask for, and the one that DANE may come down to; the columns are Postfix's. */
const table: readonly (readonly [
  level: EffectiveLevel,
  tls: boolean,
  match: boolean,
  dane: boolean,
  pkix: boolean,
])[] = [
  ['none', false, false, false, false],
  ['may', false, false, false, false],
  ['encrypt', true, false, false, false],
  ['fingerprint', true, true, false, false],
  ['half-dane', true, true, true, false],
  ['dane', true, true, true, false],
  ['dane-only', true, true, true, false],
  ['verify', true, true, false, true],
  ['secure', true, true, false, true],
];

test.each(table)(
  '%s: TLS required %s, match required %s, DANE %s, PKIX %s',
  (level, tls, match, dane, pkix) => {
    expect([requiresTls(level), requiresMatch(level), isDane(level), isPkix(level)]).toEqual([
      tls,
      match,
      dane,
      pkix,
    ]);
  },
);

test('the table has every level', () => {
  expect(table.map(([level]) => level).toSorted()).toEqual([...securityLevels, 'half-dane'].toSorted());
});
