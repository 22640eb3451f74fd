import { expect, test } from 'vitest';
import { shareFresh } from './share-fresh.ts';

function setUp() {
  const runs: { readonly end: (value: string) => void; readonly fail: (error: Error) => void }[] = [];
  const ask = shareFresh(() => new Promise<string>((end, fail) => void runs.push({ end, fail })));
  return { runs, ask };
}

test('shareFresh(): who asks during a run gets the next one, and shares it', async () => {
  const { runs, ask } = setUp();
  const first = ask();
  const later = [ask(), ask()];
  expect(runs).toHaveLength(1);
  runs[0]?.end('old');
  expect(await first).toBe('old');
  expect(runs).toHaveLength(2);
  runs[1]?.end('new');
  expect(await Promise.all(later)).toEqual(['new', 'new']);
  expect(runs).toHaveLength(2);
});

test('shareFresh(): after a run the next call begins another', async () => {
  const { runs, ask } = setUp();
  const first = ask();
  runs[0]?.end('a');
  await first;
  const second = ask();
  runs[1]?.end('b');
  expect(await second).toBe('b');
});

test('shareFresh(): a run that fails does not stop the next', async () => {
  const { runs, ask } = setUp();
  const first = ask();
  const second = ask();
  runs[0]?.fail(new Error('gone'));
  await expect(first).rejects.toThrow('gone');
  runs[1]?.end('good');
  expect(await second).toBe('good');
});
