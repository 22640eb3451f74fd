import { describe, expect, test } from 'vitest';
import { report } from './comparison.ts';
import type { Comparison, KnownDifference } from './comparison.ts';

const same: Comparison = {
  id: 'same',
  ours: { verdict: 'mismatch' },
  openssl: { kind: 'judged', verdict: 'mismatch', cause: 'num=65' },
};
const different: Comparison = { ...same, id: 'different', ours: { verdict: 'matched 3 at 0' } };
const notReached: Comparison = {
  ...same,
  id: 'not reached',
  openssl: { kind: 'not reached', trouble: 'refused' },
};

const listed: KnownDifference = {
  cases: [/^different$/],
  ours: 'matched',
  openssl: 'mismatch',
  reason: 'we know better',
};

describe('report()', () => {
  test('counts', () => {
    expect(report([same, different], [listed])).toEqual({ cases: 2, same: 1, known: 1, problems: [] });
  });

  test.each<[string, Comparison[], KnownDifference[], string]>([
    [
      'a difference nobody listed',
      [different],
      [],
      'different: ours matched 3 at 0, OpenSSL mismatch (num=65)',
    ],
    [
      'a difference the other way round',
      [different],
      [{ ...listed, ours: 'mismatch', openssl: 'matched' }],
      'different: ours matched 3 at 0, OpenSSL mismatch (num=65)',
    ],
    [
      'a listed difference that is gone',
      [{ ...different, ours: { verdict: 'mismatch' } }],
      [listed],
      'different: a known difference that no longer occurs: both mismatch',
    ],
    ['a listed difference of which there is no case', [same], [listed], '/^different$/ fits no case'],
    ['a case that is not judged', [notReached], [], 'not reached: not judged by OpenSSL: refused'],
    [
      'a case that is not judged, though it is listed',
      [{ ...notReached, id: 'different' }],
      [listed],
      'different: not judged by OpenSSL: refused',
    ],
    ['two cases with one id', [same, same], [], 'same: two cases with one id'],
  ])('tells of %s', (_, comparisons, known, problem) => {
    expect(report(comparisons, known).problems).toEqual([problem]);
  });
});
