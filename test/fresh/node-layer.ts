import { existsSync } from 'node:fs';
import { copyFile, cp, mkdir, mkdtemp, rename, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { must } from './shell.ts';

/** The npm that is in the box with a Node of that major version. */
const npmOf = (major: number): number => (major >= 24 ? 11 : 10);

/** A layer with Node and npm in /usr/local, where the archive of nodejs.org is usually unpacked. Made once per version. */
export async function nodeLayer(cache: string, version: string): Promise<string> {
  const layer = path.join(cache, `node-${version}`);
  if (existsSync(layer)) return layer;
  const making = await mkdtemp(`${layer}.making-`);
  const got = path.join(making, 'got');
  const usrLocal = path.join(making, 'layer/usr/local');
  const binary = `node-linux-${process.arch}`;
  const names = [`${binary}@${version}`, `npm@${npmOf(Number.parseInt(version, 10))}`];
  await mkdir(got, { recursive: true });
  await must(['npm', 'install', '--no-save', '--no-audit', '--no-fund', '--prefix', got, ...names]);
  await mkdir(path.join(usrLocal, 'bin'), { recursive: true });
  await copyFile(path.join(got, 'node_modules', binary, 'bin/node'), path.join(usrLocal, 'bin/node'));
  await cp(path.join(got, 'node_modules/npm'), path.join(usrLocal, 'lib/node_modules/npm'), {
    recursive: true,
    verbatimSymlinks: true,
  });
  for (const name of ['npm', 'npx'])
    await symlink(`../lib/node_modules/npm/bin/${name}-cli.js`, path.join(usrLocal, 'bin', name));
  await rename(path.join(making, 'layer'), layer);
  await rm(making, { recursive: true });
  return layer;
}
