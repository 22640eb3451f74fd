import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sample } from '../../support/sample.ts';
import { tlsaFor } from '../../support/test-ca.ts';
import { allCases } from './all-cases.ts';
import { makeCase } from './case.ts';
import { compare, report } from './comparison.ts';
import { makeLeaf, standardHierarchy } from './hierarchy.ts';
import { knownDifferences } from './known-differences.ts';
import { startOracle } from './oracle.ts';
import type { OpensslOracle } from './oracle.ts';
import { judge } from './ours.ts';

let oracle: OpensslOracle;

beforeAll(async () => {
  oracle = await startOracle();
});

afterAll(async () => {
  await oracle?.[Symbol.asyncDispose]();
});

describe('verifyDane() and OpenSSL', () => {
  test('give the same verdict on every case but the known ones', async () => {
    const all = allCases();
    const played = sample('OpenSSL', all, { count: 150 });
    const { cases, same, known, problems } = report(
      await compare(played, judge, oracle),
      knownDifferences(oracle.version),
      all.map(({ id }) => id),
    );
    console.log(
      `${oracle.version}: ${cases} cases, ${same} same, ${known} different and known, ${problems.length} problems`,
    );
    expect(problems).toEqual([]);
  });
});

describe('the comparison notices', () => {
  const { leaf, issuer } = standardHierarchy();
  const good = makeCase('good', leaf, [issuer], [tlsaFor(leaf, '3 1 1')]);
  const anchored = makeCase('anchored', leaf, [issuer], [tlsaFor(issuer, '2 1 1')]);
  const bad = makeCase('bad', leaf, [issuer], [tlsaFor(issuer, '3 1 1')]);
  const unusable = makeCase('unusable', leaf, [issuer], [tlsaFor(leaf, '3 1 3')]);
  const all = [good, anchored, bad, unusable];

  test('nothing, where there is nothing', async () => {
    expect(report(await compare(all, judge, oracle), [])).toEqual({
      cases: 4,
      same: 4,
      known: 0,
      problems: [],
    });
  });

  test.each(['matched 3 at 0', 'matched 2 at 1', 'matched 2 at 0', 'mismatch', 'unusable, ignored 1'])(
    'whoever always says %s',
    async (verdict) => {
      const { problems } = report(await compare(all, () => ({ verdict }), oracle), []);
      const wrong = all.filter((each) => judge(each).verdict !== verdict);
      const complained = problems.map((line) => line.split(':')[0]);
      expect(new Set(complained)).toEqual(new Set(wrong.map(({ id }) => id)));
    },
  );

  test('a server that shows nothing', async () => {
    const stranger = makeLeaf();
    const keyOfAnother = { ...good, privateKey: stranger.keys.privateKey };
    const { same, problems } = report(await compare([keyOfAnother], judge, oracle), []);
    expect(same).toBe(0);
    expect(problems).toEqual([expect.stringMatching(/^good: not judged by OpenSSL: /)]);
  });

  test('a record that never arrives at OpenSSL', async () => {
    const empty = { ...good, records: [{ usage: 3, selector: 1, matching: 1, data: Buffer.alloc(0) }] };
    expect(await oracle.judge(empty)).toMatchObject({ kind: 'not reached' });
  });
});
