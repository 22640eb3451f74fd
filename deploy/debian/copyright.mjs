import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Of what Debian has everywhere, the place is named instead of the text (policy 12.5). */
const common = { 'Apache-2.0': '/usr/share/common-licenses/Apache-2.0' };

/**
 * The file `copyright`: the licence of the relay, and those of the packages in it. Each text once, below the names of all
 * that are under it. Throws where a package has none, for without one it may not be passed on.
 */
export function copyrightText(checkout, packages) {
  const texts = new Map();
  for (const { path, version } of packages) {
    const directory = join(checkout, path);
    const { license } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
    const file = readdirSync(directory).find((name) => /^(?:licen[cs]e|copying)/i.test(name));
    if (typeof license !== 'string' || file === undefined)
      throw new Error(`${path} does not say its licence`);
    const text = licenceText(license, readFileSync(join(directory, file), 'utf8'));
    const name = path.replace(/^.*node_modules\//, '');
    texts.set(text, [...(texts.get(text) ?? []), `${name} ${version} (${license})`]);
  }
  const own = readFileSync(join(checkout, 'LICENSE'), 'utf8').trimEnd();
  const others = [...texts].map(([text, names]) => `${names.join('\n')}\n\n${indented(text)}\n`);
  return `dane-relay is under this licence:

${indented(own)}

In ${'/usr/lib/dane-relay/node_modules'} are packages from the npm registry, as they are there without what is not
needed to run them. Their names, versions and licences:

${others.join('\n')}`;
}

function licenceText(license, text) {
  const place = common[license];
  if (place === undefined) return text.replaceAll('\r', '').trim();
  const notices = text.split('\n').filter((line) => /^\s*copyright (?:\(c\)|©)?\s*\d{4}/i.test(line));
  return [
    ...notices.map((line) => line.trim()),
    `The licence is Apache-2.0, whose text is in ${place} on a Debian system.`,
  ].join('\n');
}

function indented(text) {
  return text.replace(/^(?=.)/gm, '    ');
}
