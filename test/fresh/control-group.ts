import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rmdir } from 'node:fs/promises';
import path from 'node:path';

/** A control group below that of this process, in the second version of the hierarchy, with whatever is made in it. */
export interface ControlGroup extends AsyncDisposable {
  readonly directory: string;
}

/** Resolves to `undefined` where the kernel has no such hierarchy, or lets nobody in. */
export async function controlGroup(): Promise<ControlGroup | undefined> {
  const mounts = readFileSync('/proc/self/mounts', 'utf8');
  const root = /^\S+ (\S+) cgroup2 /m.exec(mounts)?.[1];
  const own = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1];
  if (root === undefined || own === undefined) return undefined;
  try {
    await mkdir(path.join(root, own), { recursive: true });
    const directory = await mkdtemp(path.join(root, own, 'dane-relay-fresh-'));
    return { directory, [Symbol.asyncDispose]: () => remove(directory) };
  } catch {
    return undefined;
  }
}

/** From the leaves on, for only an empty one can be removed; its files are the kernel's. */
async function remove(directory: string): Promise<void> {
  if (!existsSync(directory)) return;
  for (const entry of await readdir(directory, { withFileTypes: true }))
    if (entry.isDirectory()) await remove(path.join(directory, entry.name));
  await rmdir(directory);
}
