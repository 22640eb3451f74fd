import { expect, it } from 'vitest';
import { readHash, readSet } from './read-in-parts.ts';

/** Answers in parts; the last word of a part comes again in the next, as Redis may do. */
function scanned(words: readonly string[], atOnce: number) {
  const counts: unknown[] = [];
  const scan = async (_key: string, cursor: string, _word: string, count: number) => {
    counts.push(count);
    const at = Number(cursor);
    const next = at + atOnce < words.length ? String(at + atOnce) : '0';
    return [next, words.slice(Math.max(0, at - 1), at + atOnce)] as [string, string[]];
  };
  return { scan, counts };
}

it('reads a set in parts, and each member once', async () => {
  const { scan, counts } = scanned(['a', 'b', 'c', 'd', 'e'], 2);
  expect(await readSet({ sscan: scan } as never, 'key')).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(counts).toEqual([1_000, 1_000, 1_000]);
});

it('reads a hash in parts', async () => {
  const parts: unknown[] = [];
  const answers: [string, string[]][] = [
    ['7', ['a', '1', 'b', '2']],
    ['0', ['c', '3']],
  ];
  const hscan = async () => answers.shift();
  for await (const part of readHash({ hscan } as never, 'key')) parts.push(part);
  expect(parts).toEqual([
    [
      ['a', '1'],
      ['b', '2'],
    ],
    [['c', '3']],
  ]);
});
