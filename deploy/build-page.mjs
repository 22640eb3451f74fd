#!/usr/bin/env node
/** What the compiler leaves: puts the HTML, CSS and images of the status page beside its scripts in dist. */
import { chmodSync, copyFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const [from, to] = ['src', 'dist'].map((top) => join(root, top, 'status/page'));
for (const name of readdirSync(from)) {
  if (/\.(?:html|css|svg)$/.test(name)) copyFileSync(join(from, name), join(to, name));
}
chmodSync(join(root, 'dist/main.js'), 0o755);
