import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A private directory that does not outlive this process. */
export interface Scratch {
  readonly directory: string;
  remove(): Promise<void>;
}

/**
 * The keeper is a shell in a session of its own. It holds the reading end of a pipe, and removes the directory when that
 * pipe ends: because `remove()` closed it, or because this process died, of whatever cause.
 */
const keeper = `trap '' INT TERM HUP
cat > /dev/null
for attempt in 1 2 3 4 5 6 7 8 9 10; do
  rm -rf -- "$1" && exit 0
  sleep 0.2
done`;

export async function makeScratch(prefix: string): Promise<Scratch> {
  const directory = await mkdtemp(path.join(tmpdir(), `${prefix}-`));
  // Postfix leaves root behind and must still pass through.
  await chmod(directory, 0o711);
  const child = spawn('sh', ['-c', keeper, 'keeper', directory], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  await once(child, 'spawn');
  child.unref();
  return {
    directory,
    async remove() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.ref();
      const exited = once(child, 'exit');
      child.stdin.end();
      await exited;
    },
  };
}
