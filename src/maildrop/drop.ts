import { randomBytes } from 'node:crypto';
import { open, rename, stat, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import {
  dropName,
  encodeDroppedMail,
  randomNameBytes,
  type DroppedMail,
} from '../core/sendmail/dropped-mail.ts';
import { DropError } from './drop-error.ts';
import { openSuffix } from './places.ts';

/** A message on its way into the maildrop. All of it throws DropError, and then nothing is left. */
export interface Drop {
  /** The name by which the relay is asked to take it. */
  readonly name: string;
  /** Octets of content so far. */
  readonly contentBytes: number;
  write(octets: Buffer): Promise<void>;
  /** Completes it. From now on the relay takes it if it is asked to. */
  complete(mail: Omit<DroppedMail, 'contentBytes'>): Promise<void>;
  /**
   * Hands it to the relay, whenever that runs: resolves when it is on stable storage. It may have been taken already by a
   * relay that was asked and did not answer.
   */
  keep(): Promise<void>;
  /** Takes it away again. Never rejects. */
  remove(): Promise<void>;
}

/** Begins a message. Throws DropError. */
export async function openDrop(directory: string): Promise<Drop> {
  const name = dropName(randomBytes(randomNameBytes));
  const path = join(directory, name);
  const openPath = `${path}${openSuffix}`;
  const file = await create(directory, openPath);
  let contentBytes = 0;

  async function remove(): Promise<void> {
    await Promise.allSettled([unlink(openPath), unlink(path)]);
    await file.close().catch(() => {});
  }
  async function attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      await remove();
      throw new DropError(`cannot write to ${directory}`, error);
    }
  }

  return {
    name,
    get contentBytes() {
      return contentBytes;
    },
    write: (octets) =>
      attempt(async () => {
        await writeAll(file, octets);
        contentBytes += octets.length;
      }),
    complete: (mail) => attempt(() => writeAll(file, encodeDroppedMail({ ...mail, contentBytes }))),
    keep: () =>
      attempt(async () => {
        await file.sync();
        try {
          await rename(openPath, path);
        } catch (error) {
          // Nobody but the relay takes files away, and it does so when it has answered for them.
          if (isNotThere(error)) return file.close();
          throw error;
        }
        await file.sync();
        await syncDirectory(directory);
        await file.close();
      }),
    remove,
  };
}

async function create(directory: string, path: string): Promise<FileHandle> {
  let file: FileHandle | undefined;
  try {
    const place = await stat(directory);
    // Exclusive: whatever is there already, a link above all, is not written to.
    file = await open(path, 'wx', 0o600);
    const { gid } = await file.stat();
    // A directory that gives its group to what is in it says that the relay is in that group.
    if (place.mode & SET_GROUP && gid === place.gid) await file.chmod(0o640);
    return file;
  } catch (error) {
    if (file !== undefined) {
      await unlink(path).catch(() => {});
      await file.close().catch(() => {});
    }
    throw new DropError(`cannot write to ${directory}`, error);
  }
}

const SET_GROUP = 0o2000;

async function writeAll(file: FileHandle, octets: Buffer): Promise<void> {
  for (let at = 0; at < octets.length;) at += (await file.write(octets, at)).bytesWritten;
}

/**
 * Puts the name of a file on stable storage. Who may not read the directory cannot do that: for these the file itself was
 * synchronized once more under its new name, which takes the name along on the file systems of Linux with a journal.
 */
export async function syncDirectory(directory: string): Promise<void> {
  let handle: FileHandle;
  try {
    handle = await open(directory, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EACCES') return;
    throw error;
  }
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export function isNotThere(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
