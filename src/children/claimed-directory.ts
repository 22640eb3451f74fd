import { chmod, mkdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ChildError } from './child-error.ts';
import { identify, isAlive } from './process-table.ts';

/** A directory that only this process works in. */
export interface ClaimedDirectory {
  /** Absolute, without symbolic links. */
  readonly path: string;
  release(): Promise<void>;
}

const ownerFile = 'owner';

/**
 * Makes the directory of a child program, readable by this user alone, and takes possession of it: the program that
 * a relay left behind there when it was killed may be replaced, the one of a relay that lives may not.
 *
 * @throws ChildError if another relay has it
 */
export async function claimDirectory(path: string): Promise<ClaimedDirectory> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  await chmod(path, 0o700);
  const directory = await realpath(path);
  const file = join(directory, ownerFile);
  await refuseIfOwned(file);
  const self = await identify(process.pid);
  await writeFile(file, `${process.pid} ${self?.startTicks ?? ''}\n`, { mode: 0o600 });
  return { path: directory, release: () => rm(file, { force: true }) };
}

async function refuseIfOwned(file: string): Promise<void> {
  const [pid = '', startTicks = ''] = (await readIfThere(file)).trim().split(' ');
  const owner = { pid: Number(pid), startTicks };
  if (Number.isSafeInteger(owner.pid) && owner.pid > 0 && (await isAlive(owner))) {
    throw new ChildError(
      `${file}: process ${owner.pid} uses this directory; stop that relay or choose another one`,
    );
  }
}

/** The text of a file, empty if there is none. */
export async function readIfThere(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
