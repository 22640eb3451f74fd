import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadRows } from '../vectors/load.ts';

const decision = new URL('../../docs/decisions/0009-dane-requirement-by-requirement.md', import.meta.url);

/** Lines of the tables that say by what something is shown. */
const lines = readFileSync(decision, 'utf8')
  .split('\n')
  .filter(
    (line) => line.startsWith('| ') && !/^\| (?:section|---)? ?\|/.test(line) && !line.startsWith('| ---'),
  );
const known = new Set(loadRows().map(({ id }) => id));

/** `[name](path)` with the titles in quotation marks that follow it. */
const cited = /\[[^\]]+\]\(([^)]+)\)((?:,? "[^"]+")*)/g;

describe('what is said to be shown is shown', () => {
  it.each(lines)('%s', (line) => {
    const shownBy = line.split(' | ').at(-1) ?? '';
    const ids = Array.from(shownBy.matchAll(/`([a-z-]+-\d{2})`/g), ([, id = '']) => id);
    expect(ids.filter((id) => !known.has(id))).toEqual([]);
    const tests = Array.from(shownBy.matchAll(cited), ([, path = '', titles = '']) => {
      const file = new URL(path, decision);
      expect(existsSync(file), path).toBe(true);
      const wanted = Array.from(titles.matchAll(/"([^"]+)"/g), ([, title = '']) => title);
      const text = wanted.length === 0 ? '' : readFileSync(file, 'utf8');
      expect(wanted.filter((title) => !text.includes(title))).toEqual([]);
      return path;
    });
    expect(ids.length + tests.length).toBeGreaterThan(0);
  });

  it('is there', () => {
    expect(lines).not.toEqual([]);
  });
});
