import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

/** Every row of docs/tested-situations.md names tests that are there, in files that are there. */

const top = path.join(import.meta.dirname, '../..');
const page = readFileSync(path.join(top, 'docs/tested-situations.md'), 'utf8');
const rows = page.split('\n').flatMap((line) => {
  const [, id, , , tests] = line.split(' | ').length === 4 ? ['', ...line.slice(2).split(' | ')] : [];
  return id !== undefined && /^[STR]\d+$/.test(id) ? [[id, tests?.replace(/ \|$/, '') ?? ''] as const] : [];
});

/** `scenario/sts/life` is below test, `core/sts/sts-step` below src. */
function sourceOf(name: string): string {
  const file = path.join(top, name.startsWith('scenario/') ? 'test' : 'src', `${name}.test.ts`);
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

/** Whether a title in the source begins so, or a row of a table there has this name. */
function hasTitle(source: string, title: string): boolean {
  const literal = title.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`['"\`]${literal}|^ *${literal}: `, 'm').test(source);
}

test('all situations are there', () => {
  const ids = rows.map(([id]) => id);
  const upTo = (letter: string, last: number) =>
    Array.from({ length: last }, (_, place) => `${letter}${place + 1}`);
  expect(ids).toEqual([...upTo('S', 30), ...upTo('T', 15), ...upTo('R', 12)]);
});

describe.each(rows)('%s', (_, tests) => {
  test.each(tests.split('; ').map((entry) => entry.split(': ')))('%s: %s', (name = '', ...titles) => {
    const source = sourceOf(name);
    expect(source, `no test file ${name}`).not.toBe('');
    const text = titles.join(': ');
    // A title may have a comma in it.
    const missing = hasTitle(source, text)
      ? []
      : text.split(', ').filter((title) => !hasTitle(source, title));
    expect(missing).toEqual([]);
  });
});
