import { expect, test } from 'vitest';
import { chains, fullRecords } from '../../../test/fuzz/chains.ts';
import { runRounds, type FuzzTarget } from '../../../test/fuzz/target.ts';
import { tlsaRecords } from '../../../test/fuzz/tlsa-records.ts';

/** Inputs that nobody can parse test the parser alone: so many of them must come further. */
test.each<[FuzzTarget, number, number]>([
  [chains, 4_000, 400],
  [fullRecords, 1_500, 400],
  [tlsaRecords, 4_000, 1_000],
])(
  '$name',
  (target, rounds, least) => {
    expect(runRounds(target, 1, (seed) => seed <= rounds).deep).toBeGreaterThan(least);
  },
  20_000,
);
