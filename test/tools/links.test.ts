import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

/** Links of all pages lead to files and headings that are there. test/tools/site has what leads to every page. */

const root = path.join(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const inDocs = readdirSync(path.join(root, 'docs'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.md'))
  .map((name) => path.join('docs', name));
const pages = ['README.md', 'CHANGELOG.md', 'SECURITY.md', ...inDocs];

const withoutCode = (text: string): string => text.replaceAll(/^([ *]*)```[^]*?^\1```$/gm, '');
/** What stands between backquotes is no link. */
const withoutQuotes = (text: string): string => withoutCode(text).replaceAll(/`[^`\n]*`/g, '``');

/** As GitHub makes them of headings; a heading that comes again has a number behind it. Anchors may be written, too. */
function anchorsOf(text: string): ReadonlySet<string> {
  const plain = withoutCode(text);
  const anchors = new Set([...plain.matchAll(/<a (?:id|name)="([^"]+)"/g)].map(([, id = '']) => id));
  const seen = new Map<string, number>();
  for (const [, heading = ''] of plain.matchAll(/^#{1,6} (.+)$/gm)) {
    const slug = heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-');
    const nth = seen.get(slug) ?? 0;
    seen.set(slug, nth + 1);
    anchors.add(nth === 0 ? slug : `${slug}-${nth}`);
  }
  return anchors;
}

const targetsOf = (text: string): readonly string[] =>
  [...withoutQuotes(text).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target));

/** What is wrong with a link, if anything is. */
function fault(from: string, target: string): string | undefined {
  const [name = '', anchor] = target.split('#');
  const file = name === '' ? from : path.join(path.dirname(from), name);
  if (!existsSync(path.join(root, file))) return `${target}: no such file`;
  if (anchor === undefined) return undefined;
  return anchorsOf(read(file)).has(anchor) ? undefined : `${target}: no such heading`;
}

describe('links', () => {
  test.each(pages)('of %s', (page) => {
    const faults = targetsOf(read(page)).flatMap((target) => fault(page, target) ?? []);
    expect(faults).toEqual([]);
  });

  test('that lead nowhere are found', () => {
    expect(fault('README.md', 'docs/check.md#json')).toBeUndefined();
    expect(fault('README.md', 'docs/check.md#xml')).toBe('docs/check.md#xml: no such heading');
    expect(fault('docs/check.md', 'docs/check.md')).toBe('docs/check.md: no such file');
  });

  // What a command says when something is wrong must be there when it is looked up.
  test('in the words of the program', () => {
    const sources = readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter(
      (name) => name.endsWith('.ts') && !name.endsWith('.test.ts'),
    );
    const named = sources.flatMap((name) => [
      ...read(path.join('src', name)).matchAll(/docs\/[a-z-]+\.md(?:#[a-z0-9-]+(?![a-z0-9$-]))?/g),
    ]);
    expect(named.length).toBeGreaterThan(10);
    expect(
      [...new Set(named.map(([target]) => target))].flatMap((one) => fault('README.md', one) ?? []),
    ).toEqual([]);
  });

  test('lead from the README to the first page of docs, which has all others', () => {
    expect(targetsOf(read('README.md'))).toContain('docs/README.md');
  });
});
