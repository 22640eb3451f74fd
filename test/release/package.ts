import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { must } from '../fresh/shell.ts';
import type { PackedFile } from './package-contents.ts';

export interface HowToPack {
  /** As a shell has it: `022`. */
  readonly umask?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** What `npm pack` in this checkout makes in this directory: the path of the archive. */
export async function pack(checkout: string, directory: string, how: HowToPack = {}): Promise<string> {
  const { umask = '022', env = {} } = how;
  await mkdir(directory, { recursive: true });
  const npm = ['npm', 'pack', '--silent', '--pack-destination', directory];
  await must(['sh', '-c', `umask ${umask} && exec "$@"`, 'sh', ...npm], {
    cwd: checkout,
    env: { ...process.env, npm_config_update_notifier: 'false', ...env },
  });
  const [archive, ...others] = (await readdir(directory)).filter((name) => name.endsWith('.tgz'));
  if (archive === undefined || others.length > 0) throw new Error(`not one archive in ${directory}`);
  return path.join(directory, archive);
}

/** Unpacks an archive of npm, whose top is `package`; resolves to that. */
export async function unpack(archive: string, directory: string): Promise<string> {
  await mkdir(directory, { recursive: true });
  await must(['tar', '-xzf', archive, '-C', directory, '--no-same-owner']);
  return path.join(directory, 'package');
}

export async function readPacked(top: string): Promise<PackedFile[]> {
  const entries = await readdir(top, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory());
  return Promise.all(
    files.map(async (entry) => {
      const file = path.join(entry.parentPath, entry.name);
      const { mode } = await stat(file);
      return {
        name: path.relative(top, file),
        mode: mode & 0o777,
        content: await readFile(file),
      };
    }),
  );
}
