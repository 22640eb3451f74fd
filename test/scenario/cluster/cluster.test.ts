import { describe, expect, it } from 'vitest';
import { sample, sampleSeed } from '../../support/sample.ts';
import { playCluster } from './cluster.ts';

describe.each(sample('sizes of a cluster', [2, 4], { count: 1 }))(
  '%i processes on one Redis',
  (processes) => {
    it('lose nothing and deliver twice only where a reply was lost, whoever is killed or stopped', async () => {
      const seed = sampleSeed('cluster');
      const result = await playCluster({
        processes,
        loadMs: 6_000,
        killRedis: false,
        blowEveryMs: 700,
        seed,
        tell: console.log,
      });
      console.log(`seed ${seed}: ${JSON.stringify(result)}`);
      expect(result.lost).toEqual([]);
      expect(result.unexplained).toEqual([]);
      expect(result.accepted).toBeGreaterThan(5);
      expect(result.kills).toBeGreaterThan(0);
    });
  },
);
