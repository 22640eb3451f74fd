import { existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { debianSources } from '../fresh/debian-root.ts';
import { must, run } from '../fresh/shell.ts';

/**
 * Other servers than the `redis-server` of this machine. A folder has them under the names by which the relay calls them,
 * so that it can stand first in the search path.
 */

const cache = join(import.meta.dirname, '../../node_modules/.cache/dane-relay/redis');
const tools = ['server', 'check-aof', 'check-rdb'] as const;

export const debian13 = ['valkey', 'redis'] as const;

/** Folder of the tools beside this server: `/usr/bin/valkey-server` has `valkey-check-aof` beside it. */
export function folderOf(server: string): string {
  const kind = basename(server).replace(/-server$/, '');
  const place = realpathSync(dirname(server));
  if (kind === 'redis') return place;
  const folder = join(cache, `of-${place.replaceAll('/', '_')}-${kind}`);
  mkdirSync(folder, { recursive: true });
  for (const tool of tools) callUnderOwnName(folder, tool, `"${join(place, `${kind}-${tool}`)}"`);
  return folder;
}

/** The name by which a program is called is how the relay knows its own again. */
function callUnderOwnName(folder: string, tool: string, command: string): void {
  const name = `redis-${tool}`;
  writeFileSync(join(folder, name), `#!/bin/bash\nexec -a ${name} ${command} "$@"\n`, { mode: 0o755 });
}

/** Why the servers of Debian 13 cannot be had here, or `undefined`. */
export async function debian13Obstacle(): Promise<string | undefined> {
  if (existsSync(join(cache, 'trixie'))) return undefined;
  if (process.getuid?.() !== 0) return 'only root can unpack the servers of Debian 13';
  const { code } = await run(['mmdebstrap', '--version']);
  return code === 0 ? undefined : 'mmdebstrap is not installed (node deploy/prepare.mjs fresh)';
}

/** Folder with the Valkey or the Redis of Debian 13, unpacked where it is not there yet. Throws Error. */
export async function fromDebian13(kind: (typeof debian13)[number]): Promise<string> {
  const root = await unpacked();
  const folder = join(cache, `trixie-${kind}`);
  await mkdir(folder, { recursive: true });
  const libraries = join(root, 'usr/lib/x86_64-linux-gnu');
  const loader = join(root, 'usr/lib64/ld-linux-x86-64.so.2');
  for (const tool of tools) {
    const program = join(root, 'usr/bin', `${kind}-${tool}`);
    const command = `"${loader}" --argv0 redis-${tool} --library-path "${libraries}" "${program}"`;
    callUnderOwnName(folder, tool, command);
  }
  return folder;
}

async function unpacked(): Promise<string> {
  const root = join(cache, 'trixie');
  if (existsSync(root)) return root;
  const making = `${root}.making`;
  await rm(making, { recursive: true, force: true });
  await mkdir(cache, { recursive: true });
  const acquire = join(cache, 'apt.conf');
  await writeFile(acquire, await must(['apt-config', 'dump', 'Acquire']));
  const packages = debian13.flatMap((kind) => [`${kind}-server`, `${kind}-tools`]);
  await must(
    [
      'mmdebstrap',
      '--quiet',
      '--variant=extract',
      `--include=${packages.join(',')}`,
      `--aptopt=${acquire}`,
      'trixie',
      making,
      '-',
    ],
    { input: await debianSources('trixie') },
  );
  await rename(making, root);
  return root;
}
