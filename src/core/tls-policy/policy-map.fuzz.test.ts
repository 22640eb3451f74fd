import { expect, test } from 'vitest';
import { policyFiles } from '../../../test/fuzz/policy-files.ts';
import { runRounds } from '../../../test/fuzz/target.ts';
import { parsePolicyMap } from './policy-map.ts';

test('parsePolicyMap(): any text gives a map, and no destination a level that is not written', () => {
  expect(runRounds(policyFiles, 1, (seed) => seed <= 5_000).deep).toBeGreaterThan(1_000);
});

test('parsePolicyMap(): a line without end takes no more than a moment', () => {
  const context = {
    fingerprints: { digest: 'sha256', values: [] },
    readFile: () => ({ problem: '' }),
  } as const;
  for (const part of ['{', '}', '{a=b}', ',', ' ', '=', 'a ', '\n ', '.', '\n#']) {
    expect(parsePolicyMap(`a.test dane ${part.repeat(200_000)}`, 'file', context).entries.size).toBe(1);
  }
});
