import { chmod, cp, readdir, stat, symlink, utimes } from 'node:fs/promises';
import path from 'node:path';

/** Made by builds and tools, or for one machine: what a clone has not. */
const own = /^(?:node_modules|dist|build|coverage|npm-shrinkwrap\.json|\.git|.*\.log)$/;

export const root = path.join(import.meta.dirname, '../..');

/** A copy of this checkout as a clone would be, what is not committed included; it shares the packages of this one. */
export async function copyCheckout(to: string): Promise<void> {
  await cp(root, to, { recursive: true, filter: (from) => !own.test(path.relative(root, from)) });
  await symlink(path.join(root, 'node_modules'), path.join(to, 'node_modules'));
}

/** As if somebody with this umask had cloned it at this time. */
export async function asIfCloned(checkout: string, umask: number, at: Date): Promise<void> {
  for (const entry of await readdir(checkout, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    const file = path.join(entry.parentPath, entry.name);
    const { mode } = await stat(file);
    await chmod(file, ((mode & 0o100) === 0 ? 0o666 : 0o777) & ~umask);
    await utimes(file, at, at);
  }
}
