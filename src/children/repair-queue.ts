import { cp, mkdir, rename, rm, stat, statfs, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  checkQueueFiles,
  dataFiles,
  DamagedQueueError,
  listedFiles,
  listTrouble,
  manifestOf,
  queueFiles,
  type QueueFiles,
} from './append-only-files.ts';
import { checkIncrement, isWholeBase } from './check-aof.ts';
import { ChildError } from './child-error.ts';
import { claimDirectory } from './claimed-directory.ts';
import { endRedisOrphan } from './redis-orphan.ts';
import { redisDirectoryIn, redisPlace } from './redis-place.ts';

export interface RepairReport {
  /** What was done, a sentence each; empty if nothing was necessary. */
  readonly done: readonly string[];
  /** Where the original files are kept; absent if nothing was done. */
  readonly kept?: string;
}

/**
 * Makes the files of a private Redis readable again. It works on a copy, which replaces them when it is whole.
 * Unreadable octets are cut off, with everything that follows them in their file. A lost list of files is rewritten if
 * its content is beyond doubt. The original files are kept.
 *
 * @param dataDir the relay's data directory
 * @throws DamagedQueueError if they cannot be repaired
 * @throws ChildError if a relay uses them, or there is no room for a copy
 */
export async function repairQueue(dataDir: string): Promise<RepairReport> {
  const directory = await claimDirectory(redisDirectoryIn(dataDir));
  try {
    await endRedisOrphan(redisPlace(directory.path), () => {});
    const files = queueFiles(directory.path);
    if (await isSound(files)) return { done: [] };
    return await repairOnCopy(files);
  } finally {
    await directory.release();
  }
}

async function isSound(files: QueueFiles): Promise<boolean> {
  try {
    await checkQueueFiles(files);
  } catch (error) {
    if (!(error instanceof DamagedQueueError)) throw error;
    // The content of the list may be clear, but a lost file cannot be brought back here.
    const there = await dataFiles(files);
    if (there.length === 0 || (await listTrouble(files, there)) === undefined) throw error;
    return false;
  }
  for (const { name, kind } of await listedFiles(files)) {
    const path = join(files.directory, name);
    if (kind === 'base') await refuseBrokenBase(path);
    else if (await unreadable(path)) return false;
  }
  return true;
}

async function repairOnCopy(files: QueueFiles): Promise<RepairReport> {
  const stamp = new Date().toISOString().replaceAll(/[-:.]/g, '');
  const copy = `${files.directory}.repair-${stamp}`;
  const kept = `${files.directory}.damaged-${stamp}`;
  await refuseWithoutRoom(files);
  await mkdir(copy, { mode: 0o700 });
  try {
    await cp(files.directory, copy, { recursive: true, preserveTimestamps: true });
    const done = await repair({ ...files, directory: copy, manifest: join(copy, 'appendonly.aof.manifest') });
    await rename(files.directory, kept);
    await rename(copy, files.directory);
    return { done, kept };
  } catch (error) {
    await rm(copy, { recursive: true, force: true });
    throw error;
  }
}

async function repair(files: QueueFiles): Promise<readonly string[]> {
  const done: string[] = [];
  if ((await listTrouble(files, await dataFiles(files))) !== undefined) {
    await writeFile(files.manifest, await newManifest(files), { flush: true });
    done.push('the list of the files was written anew');
  }
  for (const { name, kind } of await listedFiles(files)) {
    const path = join(files.directory, name);
    if (kind === 'base') await refuseBrokenBase(path);
    else {
      const cut = await unreadable(path);
      if (cut === undefined) continue;
      await truncate(path, cut.goodBytes);
      done.push(`${cut.lostBytes} octets behind the first ${cut.goodBytes} of ${name} were cut off`);
    }
  }
  return done;
}

/** With one base, and increments without a gap, only one list is possible. */
async function newManifest(files: QueueFiles): Promise<string> {
  const there = await dataFiles(files);
  const bases = there.filter(({ kind }) => kind === 'base');
  const increments = there.filter(({ kind }) => kind === 'increment');
  const first = increments[0]?.sequence ?? 0;
  const hasGap = increments.some(({ sequence }, place) => sequence !== first + place);
  if (bases.length !== 1 || increments.length === 0 || hasGap) {
    const names = there.map(({ name }) => name).join(', ');
    throw new DamagedQueueError(
      `nobody can tell which of the files make up the queue (${names}): put back appendonly.aof.manifest, or what is missing, from a copy`,
    );
  }
  return manifestOf([...bases, ...increments]);
}

async function unreadable(
  path: string,
): Promise<{ readonly goodBytes: number; readonly lostBytes: number } | undefined> {
  const { goodBytes, sizeBytes } = await checkIncrement(path);
  return goodBytes === sizeBytes ? undefined : { goodBytes, lostBytes: sizeBytes - goodBytes };
}

async function refuseBrokenBase(path: string): Promise<void> {
  const isWhole = path.endsWith('.rdb') ? await isWholeBase(path) : (await unreadable(path)) === undefined;
  if (isWhole) return;
  throw new DamagedQueueError(
    `${path} cannot be read, and there is no part of it that can: put it back from a copy`,
  );
}

async function refuseWithoutRoom({ directory }: QueueFiles): Promise<void> {
  let wanted = 0;
  for (const { name } of await dataFiles({ directory })) wanted += (await stat(join(directory, name))).size;
  const { bavail, bsize } = await statfs(directory);
  if (bavail * bsize >= wanted) return;
  const mebibytes = Math.ceil(wanted / 1024 ** 2);
  throw new ChildError(`${directory}: ${mebibytes} MiB of disk are needed for a copy, make room first`);
}
