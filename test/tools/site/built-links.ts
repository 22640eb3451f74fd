import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';

/** What is wrong with the links of a built site, a line each: pages, files and anchors that are not there. */
export function brokenLinks(directory: string): readonly string[] {
  const pages = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.html'),
  );
  const texts = new Map(pages.map((name) => [name, readFileSync(join(directory, name), 'utf8')]));
  const anchors = new Map([...texts].map(([name, text]) => [name, anchorsOf(text)]));
  return [...texts].flatMap(([name, text]) => {
    const twice = repeated(idsOf(text)).map((id) => `${name}: two things are called ${id}`);
    const faults = targetsOf(text).flatMap((target) => {
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? name : join(dirname(name), path);
      if (file.startsWith('..')) return [`${name}: ${target} leads out of the site`];
      if (!existsSync(join(directory, file))) return [`${name}: ${target} is not there`];
      if (anchor === undefined || anchors.get(file)?.has(decodeURIComponent(anchor)) === true) return [];
      return [`${name}: ${target} has no such heading`];
    });
    return [...twice, ...faults];
  });
}

/** What is fetched from elsewhere, if anything is: a site has all it needs. */
export function foreignParts(html: string): readonly string[] {
  return [
    ...html.matchAll(/<(?:script|link|img|iframe|source)\b[^>]*\b(?:src|href)="(?:[a-z]+:)?\/\/[^"]*"/g),
  ].map(([tag]) => tag);
}

export function targetsOf(html: string): readonly string[] {
  return [...html.matchAll(/\b(?:href|src)="([^"]*)"/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

function idsOf(html: string): readonly string[] {
  return [...html.matchAll(/<[a-z][^>]*\sid="([^"]*)"/g)].map(([, id = '']) => id);
}

function anchorsOf(html: string): ReadonlySet<string> {
  return new Set(idsOf(html));
}

function repeated(names: readonly string[]): readonly string[] {
  return names.filter((name, index) => names.indexOf(name) !== index);
}
