import { expect, it } from 'vitest';
import { sample, sampleSeed } from '../../support/sample.ts';
import { playCluster } from './cluster.ts';
import { openSentinels } from './stores.ts';
import { sleepAt } from './take-over.ts';

/** Whoever is killed or stopped, nothing is lost, and what is delivered twice is where a reply was lost. */
async function struckAtRandom(processes: number): Promise<void> {
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
}

/**
 * What got its 250 is on both replicas, and is not lost with the master; neither is the word that a final dot was to be
 * sent, so that what comes twice is told.
 */
async function mastersReplaced(): Promise<void> {
  const seed = sampleSeed('masters');
  const result = await playCluster({
    processes: 2,
    loadMs: 25_000,
    killRedis: true,
    openStore: openSentinels,
    blowEveryMs: 1_000,
    seed,
    tell: console.log,
  });
  console.log(`seed ${seed}: ${JSON.stringify(result)}`);
  expect(result.lost).toEqual([]);
  expect(result.unexplained).toEqual([]);
  expect(result.accepted).toBeGreaterThan(5);
}

/** It is replaced, and sends no final dot when it wakes. */
async function sleepsWhileItDelivers(): Promise<void> {
  const [early, late] = await Promise.all([sleepAt('MAIL FROM'), sleepAt('DATA')]);
  // The one has not asked for leave, the other has it and finds that it is worth nothing any more.
  expect(early).toMatchObject({ copies: 1, inDoubt: 0, removed: 0, errors: [] });
  expect(late).toMatchObject({ copies: 1, inDoubt: 1, removed: 0, errors: [] });
  for (const { sleeper } of [early, late]) expect(sleeper).toContain('taken over by another process');
}

const stories = [
  ['2 processes, killed and stopped at random', () => struckAtRandom(2)],
  ['4 processes, killed and stopped at random', () => struckAtRandom(4)],
  ['2 processes at a master that is killed and stopped at random, and replaced', mastersReplaced],
  ['a process that falls asleep while it delivers', sleepsWhileItDelivers],
] as const;

it.each(sample('clusters', stories, { count: 1 }))(
  '%s: nothing is lost, nothing doubled without a word',
  (_, play) => play(),
);
