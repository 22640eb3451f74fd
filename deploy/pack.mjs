#!/usr/bin/env node
/**
 * What `npm pack` and `npm publish` call before and after: `node deploy/pack.mjs before|after`. The package shall have
 * the same bytes wherever and whenever it is made, and nothing that an earlier build has left.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { productionLock, productionManifest } from './production-lock.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const shrinkwrap = join(root, 'npm-shrinkwrap.json');

const [when] = process.argv.slice(2);
if (when === 'before') before();
else if (when === 'after') rmSync(shrinkwrap, { force: true });
else {
  console.error('Usage: node deploy/pack.mjs before|after');
  process.exitCode = 64;
}

function before() {
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  const { status } = spawnSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(70);
  // npm leaves a lock file out of a package, but not one of this name, and installs the versions that are in it: those that
  // were tested.
  writeFileSync(shrinkwrap, `${JSON.stringify(productionLock(), null, 2)}\n`);
  // npm takes the modes as they are, and they are those of somebody's umask.
  const parts = productionManifest().files.filter((name) => !name.startsWith('!'));
  for (const name of [...parts, 'README.md', 'LICENSE', 'package.json']) readableForAll(join(root, name));
}

function readableForAll(path) {
  const stat = statSync(path);
  if (stat.isDirectory()) {
    for (const name of readdirSync(path)) readableForAll(join(path, name));
  } else chmodSync(path, (stat.mode & 0o100) === 0 ? 0o644 : 0o755);
}
