import { mkdir, open, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../core/log/log-event.ts';
import { damaged, listedFiles, type QueueFiles } from './append-only-files.ts';
import { checkIncrement, isWholeBase } from './check-aof.ts';
import { judgeTail } from './torn-tail.ts';
import { lastWriteCutOff } from './log-lines.ts';

/** No command or transaction of the relay is longer. */
const LONGEST_TAIL_BYTES = 64 * 1024 * 1024;
/** Number of cut-off tails that are kept. */
const KEPT_TAILS = 20;

/** The messages of Redis for files that it cannot read. Files that it cannot write are another matter. */
const reads = /\b(?:read|reading|load|loading|signature|checksum)\b/i;
const itsFiles = /append only file|\b(?:aof|rdb|db)\b/i;

/**
 * Finds out why Redis did not read its files to the end. The rest of a last write that a crash or a power failure cut
 * off is removed, because nobody got a 250 for it, and kept in a separate file. True if that was done, false if Redis
 * had other reasons.
 *
 * @param said output of the Redis that did not start
 * @throws DamagedQueueError if there is other damage
 */
export async function mendFiles(said: string, files: QueueFiles, keptIn: string, log: Log): Promise<boolean> {
  const listed = reads.test(said) && itsFiles.test(said) ? await listedFiles(files) : [];
  const last = listed.findLast(({ kind }) => kind === 'increment');
  if (last !== undefined && (await mendTail(last.name, files, keptIn, log))) return true;
  for (const { name, kind } of listed) {
    const path = join(files.directory, name);
    if (kind === 'base' && name.endsWith('.rdb') && !(await isWholeBase(path))) {
      throw damaged(files, `${path} cannot be read`);
    }
  }
  return false;
}

async function mendTail(name: string, files: QueueFiles, keptIn: string, log: Log): Promise<boolean> {
  const path = join(files.directory, name);
  const { goodBytes, sizeBytes } = await checkIncrement(path);
  const tailBytes = sizeBytes - goodBytes;
  if (tailBytes === 0) return false;
  const where = `${path}: behind the first ${goodBytes} octets there are ${tailBytes} that cannot be read`;
  if (tailBytes > LONGEST_TAIL_BYTES) throw damaged(files, where);
  const file = await open(path, 'r+');
  try {
    const tail = Buffer.alloc(tailBytes);
    await file.read(tail, 0, tailBytes, goodBytes);
    if (judgeTail(tail) === 'damage') throw damaged(files, where);
    const kept = await keep(tail, keptIn, name);
    await file.truncate(goodBytes);
    await file.sync();
    log(lastWriteCutOff(path, tailBytes, kept));
    return true;
  } finally {
    await file.close();
  }
}

/** Writes the octets to a file, without the zeros at their end. */
async function keep(tail: Buffer, directory: string, name: string): Promise<string> {
  let length = tail.length;
  while (length > 0 && tail[length - 1] === 0) length -= 1;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, `${new Date().toISOString().replaceAll(/[-:.]/g, '')}-${name}`);
  await writeFile(path, tail.subarray(0, length), { mode: 0o600, flush: true });
  const all = (await readdir(directory)).toSorted();
  for (const old of all.slice(0, Math.max(0, all.length - KEPT_TAILS))) await rm(join(directory, old));
  return path;
}
