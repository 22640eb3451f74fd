#!/usr/bin/env node
/**
 * Builds docs/ into static pages, in build/site, and follows their links:
 *
 *     npm run docs:site [-- --output=DIR | --serve]
 *
 * The generator is installed first, if it is not there: its packages are of no use to anything else.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = resolve(here, '..');
const args = process.argv.slice(2);
const output = resolve(
  args.find((arg) => arg.startsWith('--output='))?.slice('--output='.length) ?? join(root, 'build/site'),
);

if (!isInstalled()) run('npm', ['ci', '--no-audit', '--no-fund']);
run('npx', [
  'eleventy',
  '--quiet',
  ...args.filter((arg) => !arg.startsWith('--output=')),
  `--output=${output}`,
]);
run(process.execPath, [join(root, 'build/test/tools/site/check.js'), output]);

/** npm writes down what it has installed. */
function isInstalled() {
  try {
    const versions = (name) =>
      Object.entries(JSON.parse(readFileSync(join(here, name), 'utf8')).packages)
        .filter(([path, { optional }]) => path !== '' && optional !== true)
        .map(([path, { version }]) => `${path} ${version}`)
        .sort()
        .join('\n');
    return versions('node_modules/.package-lock.json') === versions('package-lock.json');
  } catch {
    return false;
  }
}

function run(program, words) {
  const { status } = spawnSync(program, words, { cwd: here, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
