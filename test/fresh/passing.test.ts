import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { passingDirectory, sweep } from './passing.ts';

test('sweep(): what a dead process left goes, what is in use and what is kept stays', async () => {
  const cache = await mkdtemp(path.join(tmpdir(), 'dane-fresh-test-'));
  const own = path.basename(await passingDirectory(cache, 'machine'));
  // No process has this id: it is above pid_max.
  for (const name of ['machine-4194305-x', 'repository-4194305-x', 'debian-bookworm', 'node-24'])
    await mkdir(path.join(cache, name));
  await sweep(cache);
  expect(await readdir(cache)).toEqual(['debian-bookworm', own, 'node-24'].toSorted());
  await rm(cache, { recursive: true });
});
