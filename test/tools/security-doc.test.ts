import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

/** `docs/security.md` names the test that shows each defence, in the last column of its tables. */

const root = path.join(import.meta.dirname, '../..');

/** `intake/abuse, src/intake/patience (32 ways)` -> the two names. */
function namedIn(line: string): readonly string[] {
  const column =
    line
      .replace(/\|\s*$/, '')
      .split('|')
      .at(-1) ?? '';
  return column
    .replaceAll(/\([^)]*\)/g, '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

function isThere(name: string): boolean {
  const places = [name, `test/scenario/${name}`];
  return places
    .flatMap((place) => [place, `${place}.test.ts`])
    .some((file) => existsSync(path.join(root, file)));
}

test('every test that docs/security.md names is there', () => {
  const lines = readFileSync(path.join(root, 'docs/security.md'), 'utf8').split('\n');
  const tables = new Map<string, string[]>();
  let head = '';
  for (const line of lines) {
    if (!line.startsWith('|')) head = '';
    else if (head === '') head = line;
    else if (!line.startsWith('| ---')) tables.set(head, [...(tables.get(head) ?? []), line]);
  }
  const rows = [...tables].filter(([title]) => title.includes('shown by')).flatMap(([, own]) => own);
  expect(rows).not.toEqual([]);
  expect(rows.flatMap(namedIn).filter((name) => !isThere(name))).toEqual([]);
});
