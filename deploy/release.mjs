#!/usr/bin/env node
/** What `npm version` calls once package.json has the new number: the pages of changes get it too, and are committed with it. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { releasePage } from './release-page.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const pages = ['CHANGELOG.md', 'docs/upgrading.md'];
const { version } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'));
const today = new Date().toISOString().slice(0, 10);
for (const page of pages) {
  const file = `${root}/${page}`;
  writeFileSync(file, releasePage(readFileSync(file, 'utf8'), version, today));
}
const { status } = spawnSync('git', ['add', ...pages], { cwd: root, stdio: 'inherit' });
process.exitCode = status ?? 1;
