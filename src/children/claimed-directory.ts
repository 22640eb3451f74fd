import { chmod, mkdir, readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ChildError } from './child-error.ts';
import { lockFile, type FileLock } from './file-lock.ts';
import { identify, isAlive, type ProcessIdentity } from './process-table.ts';

/** A directory that only this process uses. */
export interface ClaimedDirectory {
  /** Absolute, without symbolic links. */
  readonly path: string;
  release(): Promise<void>;
}

const ownerFile = 'owner';
const pollMs = 100;

/**
 * Makes the directory of a child program, readable by this user alone, and claims it. The owner may replace a program
 * that a killed relay left behind there, but never that of a living relay. Of two processes that try at the same
 * moment, one gets it.
 *
 * @param patienceMs how long to wait, because a command may be using it for a moment
 * @throws ChildError if another relay has it
 */
export async function claimDirectory(path: string, patienceMs = 0): Promise<ClaimedDirectory> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  await chmod(path, 0o700);
  const directory = await realpath(path);
  const file = join(directory, ownerFile);
  for (const giveUpAt = performance.now() + patienceMs; ; await sleep(pollMs)) {
    const claim = await tryToClaim(file);
    if (typeof claim !== 'string') return { path: directory, release: async () => claim.release() };
    if (performance.now() >= giveUpAt)
      throw new ChildError(
        `${file}: ${claim} uses this directory; stop that relay, or wait for that command, or choose another one`,
      );
  }
}

/** Who has it, in words, if that is another process. */
async function tryToClaim(file: string): Promise<FileLock | string> {
  const lock = await lockFile(file);
  const owner = await ownerIn(file);
  // A relay of an older version locks nothing; it only writes its process ID.
  // The number may also be ours: in a container each relay has the one of the relay before.
  const isOther = owner.pid > 0 && owner.pid !== process.pid;
  const isOwned = lock === undefined || (isOther && (await isAlive(owner)));
  if (isOwned) {
    lock?.close();
    return owner.pid > 0 ? `process ${owner.pid}` : 'another process';
  }
  const self = await identify(process.pid);
  lock.write(`${process.pid} ${self?.startTicks ?? ''}\n`);
  return lock;
}

/** Process 0 if the file names none. */
async function ownerIn(file: string): Promise<ProcessIdentity> {
  const [pid = '', startTicks = ''] = (await readIfThere(file)).trim().split(' ');
  return { pid: Number.isSafeInteger(Number(pid)) ? Number(pid) : 0, startTicks };
}

/** The text of a file; empty if it does not exist. */
export async function readIfThere(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
