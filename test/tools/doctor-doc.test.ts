import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { checkNames } from '../../src/core/doctor/finding.ts';
import { findingIds } from '../../src/core/doctor/finding-ids.ts';

/** docs/doctor.md explains every finding, under its own name. */

const page = readFileSync(new URL('../../docs/doctor.md', import.meta.url), 'utf8');
const headings = (depth: string): readonly string[] =>
  [...page.matchAll(new RegExp(`^${depth} ([a-z0-9-]+)$`, 'gm'))].map(([, name = '']) => name);

test('every finding has a heading, and every heading is a finding', () => {
  expect(headings('###').toSorted()).toEqual([...findingIds].toSorted());
});

test('every check has a part, in the order in which they are told', () => {
  expect(headings('##')).toEqual([...checkNames]);
});

test('every finding can be found', () => {
  const folder = new URL('../../src/core/doctor/', import.meta.url);
  const sources = readdirSync(folder)
    .filter((file) => !file.endsWith('.test.ts') && file !== 'finding-ids.ts')
    .map((file) => readFileSync(new URL(file, folder), 'utf8'));
  const examine = readFileSync(new URL('../../src/daemon/doctor/examine.ts', import.meta.url), 'utf8');
  const all = [...sources, examine].join('\n');
  expect(findingIds.filter((id) => !all.includes(`'${id}'`))).toEqual([]);
});
