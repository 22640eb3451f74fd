import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseArguments } from '../../src/cli/arguments.ts';
import { loadConfig } from '../../src/config/load.ts';
import { codeBlocks } from './code-blocks.ts';

/** What README.md and docs/operating.md tell people to type, and to write into their settings, is what there is. */

const root = path.join(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const pages = ['README.md', 'docs/operating.md'].map((name) => [name, read(name)] as const);
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

/** Shell lines of the code blocks, and of the running text between backticks, up to the first sign of the shell. */
function commands(text: string, program: string): string[] {
  const blocks = codeBlocks(text, '').flatMap((block) => block.split('\n'));
  const inText = [...text.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
  return [...blocks, ...inText]
    .flatMap((line) => line.split(/&&|\|\|?| {2,}|#|[<>]/))
    .map((line) => line.trim())
    .filter((line) => line.startsWith(`${program} `));
}

describe.each(pages)('%s', (name, text) => {
  test('settings in it are settings', () => {
    const blocks = codeBlocks(text, 'toml');
    expect(blocks).not.toEqual([]);
    for (const block of blocks)
      expect(
        () => loadConfig({ file: { name: 'page', text: block }, env: {}, sets: [] }),
        block,
      ).not.toThrow();
  });

  test('commands of dane-relay in it are commands', () => {
    const found = commands(text, 'dane-relay');
    expect(found).not.toEqual([]);
    for (const line of found) {
      // What stands for something else, and options that the page only names.
      const words = line
        .replaceAll(/\[[^\]]*\]|\.\.\.|\|all/g, '')
        .split(' ')
        .filter(Boolean);
      expect(() => parseArguments(words.slice(1)), line).not.toThrow();
    }
  });

  test('scripts in it are there', () => {
    const npm = commands(text, 'npm').map(
      (line) => line.split(' ').filter((word) => word !== 'run')[1] ?? '',
    );
    const node = commands(text, 'node').map((line) => line.split(' ')[1] ?? '');
    for (const name of npm) expect(Object.keys(scripts), name).toContain(name);
    for (const name of node.filter((name) => !name.startsWith('-') && !name.startsWith('dist/')))
      expect(existsSync(path.join(root, name)), name).toBe(true);
    expect([...npm, ...node]).not.toEqual([]);
  });

  test('pages that it points to are there', () => {
    const here = path.dirname(path.join(root, name));
    for (const [, target = ''] of text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g))
      expect(existsSync(path.join(here, target)), target).toBe(true);
  });
});

test('the settings of an installation, none of them in force, are settings', () => {
  const text = read('config/relay.toml');
  const all = text.replaceAll(/^#(?=\w+ = )/gm, '');
  const load = (text: string) => loadConfig({ file: { name: 'relay.toml', text }, env: {}, sets: [] });
  expect(load(text)).toEqual(loadConfig({ env: {}, sets: [] }));
  expect(load(all).listen).toHaveLength(2);
});
