import { expect, it } from 'vitest';
import { isDeep, sampleSeed } from '../../support/sample.ts';
import { playTwoNodes } from './two-nodes.ts';

it('one of two nodes under load is drained to the other, whoever is killed: nothing is lost, nothing doubled without a word', async () => {
  const seed = sampleSeed('two nodes');
  const result = await playTwoNodes({
    loadMs: isDeep() ? 60_000 : 8_000,
    blowEveryMs: 1_000,
    seed,
    tell: console.log,
  });
  console.log(`seed ${seed}: ${JSON.stringify(result)}`);
  expect(result.lost).toEqual([]);
  expect(result.unexplained).toEqual([]);
  expect(result.accepted).toBeGreaterThan(5);
  expect(result.moved).toBeGreaterThan(0);
  expect(result.left).toBe(0);
});
