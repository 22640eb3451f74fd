import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readNavigation } from './navigation.ts';

/** docs/README.md is the first page of the documentation, and says of every other one of what kind it is. */

const docs = path.join(import.meta.dirname, '../../../docs');
const kinds = readNavigation(readFileSync(path.join(docs, 'README.md'), 'utf8'));
const entries = kinds.flatMap(({ groups }) => groups.flatMap(({ entries }) => entries));
const files = entries.map(({ file }) => file);

test('every page of docs is in docs/README.md exactly once: add a line for a new one below its kind', () => {
  const pages = readdirSync(docs).filter((name) => name.endsWith('.md') && name !== 'README.md');
  expect(files.filter((file) => file.endsWith('.md')).toSorted()).toEqual(pages.toSorted());
});

test('there are four kinds, and every page of docs/README.md is there', () => {
  expect(kinds.map(({ title }) => title)).toEqual(['Tutorial', 'How-to guides', 'Reference', 'Explanation']);
  expect(kinds.every(({ groups }) => groups.length > 0)).toBe(true);
  expect(files.filter((file) => !existsSync(path.join(docs, file)))).toEqual([]);
  expect(entries.filter(({ title, text }) => title === '' || text === '')).toEqual([]);
});

test('readNavigation() reads kinds, groups and their pages', () => {
  const text =
    '# T\n\n## A\n\nSaid.\n\n- [One](one.md): first,\n  and more\n\n### B\n\n- [Two](two/): second\n\n## C\n\n- [Three](three.md): third\n';
  expect(readNavigation(text)).toEqual([
    {
      title: 'A',
      groups: [
        { title: '', entries: [{ title: 'One', file: 'one.md', text: 'first, and more' }] },
        { title: 'B', entries: [{ title: 'Two', file: 'two/', text: 'second' }] },
      ],
    },
    { title: 'C', groups: [{ title: '', entries: [{ title: 'Three', file: 'three.md', text: 'third' }] }] },
  ]);
});
