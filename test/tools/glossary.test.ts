import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

/** The words of the glossary in docs/architecture.md are words of the code: each is in use in the rooms that it names. */

const root = path.join(import.meta.dirname, '../..');
const page = readFileSync(path.join(root, 'docs/architecture.md'), 'utf8');
const glossary = page.slice(page.indexOf('## Glossary'));
const rows = [...glossary.matchAll(/^\| (?<words>[a-z, ]+) \| .+ \| (?<rooms>`[^|]+`) \|$/gm)].map(
  ({ groups }) => ({
    words: (groups?.['words'] ?? '').split(', '),
    rooms: (groups?.['rooms'] ?? '').split(', ').map((room) => room.replaceAll('`', '')),
  }),
);

/** `next hop`, `nextHop` and `next-hop` are the same two words. */
const wordsOf = (text: string): string =>
  text
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toLowerCase()
    .replaceAll(/[^a-z]+/g, ' ');

function sourcesOf(room: string): string {
  return readdirSync(path.join(root, 'src', room), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => `${name} ${readFileSync(path.join(root, 'src', room, name), 'utf8')}`)
    .join('\n');
}

describe('the glossary', () => {
  test('has a line for each row that it shows', () => {
    const shown = glossary.split('\n').filter((line) => line.startsWith('| '));
    expect(rows).toHaveLength(shown.length - 2);
  });

  test.each(rows)('$words', ({ words, rooms }) => {
    for (const room of rooms) {
      expect(existsSync(path.join(root, 'src', room)), room).toBe(true);
      const text = wordsOf(sourcesOf(room));
      expect(words.some((word) => new RegExp(`\\b${word}s?\\b`).test(text))).toBe(true);
    }
  });
});
