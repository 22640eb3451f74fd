import { spawn } from 'node:child_process';
import { closeSync, fstatSync, ftruncateSync, openSync, statSync, writeSync } from 'node:fs';
import { ChildError } from './child-error.ts';

/** An exclusive lock on a file. It ends with this process, however that ends, so nothing has to be cleaned up. */
export interface FileLock {
  /** Writes into the file who has it, for people. */
  write(text: string): void;
  /** Releases the lock, and empties the file. May be called more than once. */
  release(): void;
  /** Releases the lock, and leaves the text of the file as it was. */
  close(): void;
}

/** Exit status of flock(1) if another process has the lock. */
const TAKEN = 90;

/**
 * Locks a file. The file is made if it does not exist, and is never removed: otherwise two processes could lock two
 * files of one name. Node.js has no flock(2), so flock(1) locks the descriptor that we hold. The lock belongs to the
 * descriptor, and stays when flock(1) has ended.
 *
 * @returns undefined when another process has it
 * @throws ChildError if files cannot be locked here
 */
export async function lockFile(path: string): Promise<FileLock | undefined> {
  for (;;) {
    const descriptor = openSync(path, 'a', 0o600);
    try {
      if (!(await lock(descriptor, path))) {
        closeSync(descriptor);
        return undefined;
      }
      // The file may have been replaced in the meantime.
      if (isStill(path, descriptor)) return heldBy(descriptor);
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
    closeSync(descriptor);
  }
}

function heldBy(descriptor: number): FileLock {
  let isHeld = true;
  return {
    write(text) {
      ftruncateSync(descriptor);
      writeSync(descriptor, text);
    },
    release() {
      if (!isHeld) return;
      ftruncateSync(descriptor);
      this.close();
    },
    close() {
      if (!isHeld) return;
      isHeld = false;
      closeSync(descriptor);
    },
  };
}

function isStill(path: string, descriptor: number): boolean {
  const there = statSync(path, { throwIfNoEntry: false });
  const ours = fstatSync(descriptor);
  return there !== undefined && there.ino === ours.ino && there.dev === ours.dev;
}

/** Returns false if another process has it. */
function lock(descriptor: number, path: string): Promise<boolean> {
  const args = ['--exclusive', '--nonblock', '--conflict-exit-code', String(TAKEN), '3'];
  const child = spawn('flock', args, { stdio: ['ignore', 'ignore', 'pipe', descriptor] });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
  return new Promise((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      const advice = error.code === 'ENOENT' ? ': install the Debian package util-linux' : '';
      reject(new ChildError(`cannot run flock (${error.code ?? error.message})${advice}`));
    });
    child.once('close', (code) => {
      if (code === 0 || code === TAKEN) resolve(code === 0);
      else reject(new ChildError(`${path} cannot be locked: ${said.trim() || `flock ended with ${code}`}`));
    });
  });
}
