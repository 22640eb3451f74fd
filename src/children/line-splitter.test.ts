import { expect, test } from 'vitest';
import { splitLines } from './line-splitter.ts';

function lines(...chunks: string[]): string[] {
  const seen: string[] = [];
  const take = splitLines((line) => seen.push(line));
  for (const chunk of chunks) take(chunk);
  return seen;
}

test('splitLines(): lines across chunks, no empty ones', () => {
  expect(lines('a', 'b\nc\n\n', ' \nd')).toEqual(['ab', 'c']);
});

test('splitLines(): a line without end does not grow', () => {
  const chunks = Array.from({ length: 100 }, () => 'x'.repeat(1000));
  expect(lines(...chunks, '\n').map((line) => line.length)).toEqual([4096]);
});
