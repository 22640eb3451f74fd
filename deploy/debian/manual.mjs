import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Stop } from '../stop.mjs';
import { checkout } from './context.mjs';
import { manualPage } from './texts.mjs';

const kept = join(checkout, 'docs/man');

const place = (name) => `usr/share/man/man${name.at(-1)}/${name}`;

/** The pages of docs/man. */
export function installManuals(tree) {
  for (const name of readdirSync(kept).filter((name) => /\.[1-8]$/.test(name)))
    tree.writeCompressed(place(name), readFileSync(join(kept, name)));
}

/** A page that is another one, which may be in another package. */
export function installReference(tree, name, other) {
  tree.writeCompressed(place(name), `.so man${other.at(-1)}/${other}\n`);
}

/** A page for a command that docs/man has none of. */
export function installHelp(tree, { name, section, summary }, { programVersion: version, seconds }) {
  const page = manualPage({ name, section, summary }, says('help', name), { version, seconds });
  tree.writeCompressed(place(`${name}.${section}`), page);
}

/** What the built program prints. */
export function says(...words) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(checkout, 'dist/main.js'), ...words], {
    encoding: 'utf8',
    env: { ...process.env, COLUMNS: '80', NO_COLOR: '1' },
  });
  if (status !== 0) throw new Stop(70, `dane-relay ${words.join(' ')}: ${stderr}`);
  return stdout;
}
