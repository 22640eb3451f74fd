import { describe, expect, it } from 'vitest';
import { playCluster } from './cluster.ts';

describe.each([2, 4])('%i processes on one Redis', (processes) => {
  it('lose nothing and deliver twice only where a reply was lost, whoever is killed or stopped', async () => {
    const seed = Math.floor(Math.random() * 1e9);
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
});
