import { link, lstat, open, rm, unlink, type FileHandle } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** Something is where an export was to be, or it cannot be made there. */
export class CannotCreateError extends Error {
  override readonly name = 'CannotCreateError';
  readonly code = 'CANNOT_CREATE';
  /** EX_CANTCREAT of sysexits. */
  readonly exitCode = 73;
}

/** A file that is there when it is whole, and not before. */
export interface NewFile {
  write(octets: Buffer | string): Promise<void>;
  /** It is on stable storage under its name. */
  finish(): Promise<void>;
  /** Nothing is left of it. */
  discard(): Promise<void>;
}

/** Throws CannotCreateError. @param mode without more only its owner may read it */
export async function openNewFile(path: string, mode = 0o600): Promise<NewFile> {
  await assertFree(path);
  const partial = partialOf(path);
  const file = await open(partial, 'wx', mode).catch((error: unknown) => {
    throw cannotCreate(partial, error);
  });
  return {
    write: (octets) => file.appendFile(octets),
    async finish() {
      await file.sync();
      await file.close();
      // Unlike a rename it takes nobody's place.
      await link(partial, path).catch((error: unknown) => {
        throw cannotCreate(path, error);
      });
      await unlink(partial);
      await syncDirectory(dirname(path));
    },
    async discard() {
      await file.close().catch(() => {});
      await rm(partial, { force: true });
    },
  };
}

/** What is not whole has this name. */
export function partialOf(path: string): string {
  return `${resolve(path)}.partial`;
}

/** Throws CannotCreateError if something has this name. */
export async function assertFree(path: string): Promise<void> {
  const found = await lstat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
  );
  if (found) throw new CannotCreateError(`${path} is there already: nothing is written over`);
}

export function cannotCreate(path: string, error: unknown): CannotCreateError {
  const { code, message } = error as NodeJS.ErrnoException;
  const why =
    code === 'EEXIST'
      ? 'is there already: it may be the rest of an export that was killed, or of one that is at work'
      : `cannot be made: ${message}`;
  return new CannotCreateError(`${path} ${why}`, { cause: error });
}

/** What has come into a directory, or left it, is on stable storage. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  await finished(directory, () => directory.sync());
}

/** A file that is written at once, and on stable storage. Only its owner may read it. */
export async function writeNewFile(
  path: string,
  octets: AsyncIterable<Buffer> | readonly (Buffer | string)[],
): Promise<number> {
  const file = await open(path, 'wx', 0o600);
  return finished(file, async () => {
    let bytes = 0;
    for await (const piece of octets) {
      await file.appendFile(piece);
      bytes += Buffer.byteLength(piece);
    }
    await file.sync();
    return bytes;
  });
}

async function finished<T>(file: FileHandle, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    await file.close();
  }
}
