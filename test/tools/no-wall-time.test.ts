import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

/**
 * A test that says how long a thing may take fails on a busy machine and shows nothing on a fast one. This refuses the
 * ways in which such tests are written: a stopwatch, the difference of two clocks that must be small, a time limit of
 * a test's own. That something waited for so long at least is no such thing: time only adds to it.
 */

const signs: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['a stopwatch', /\b(?:performance\.now|process\.hrtime)\b/],
  ['a time of the processor that must be short', /expect\([^;]*?cpuUsage/],
  ['a time that must be short', /expect\([^;]*?Date\.now\(\)[^;]*?\)\s*\.toBeLess/],
  ['a time limit of its own', /\n *\}, (?:\d[\d_]{3,}|\w*[Tt]imeout\w*)\);|\{ timeout: \d/],
];

function signsIn(source: string): readonly string[] {
  return signs.filter(([, pattern]) => pattern.test(source)).map(([name]) => name);
}

const top = join(import.meta.dirname, '../..');
const files = ['src', 'test'].flatMap((folder) =>
  readdirSync(join(top, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts') && !name.endsWith('no-wall-time.test.ts'))
    .map((name) => join(folder, name)),
);

test('no unit test replaces a module: others in the same process would have to do with it', () => {
  const own = files.filter((file) => file.startsWith('src'));
  expect(own.filter((file) => /\bvi\.(?:do)?[mM]ock\(/.test(readFileSync(join(top, file), 'utf8')))).toEqual(
    [],
  );
});

test('no test judges how long a thing took', () => {
  const found = files
    .map((file) => [file, ...signsIn(readFileSync(join(top, file), 'utf8'))])
    .filter(({ length }) => length > 1);
  expect(found).toEqual([]);
});

describe('the signs of it', () => {
  test.each([
    ['a stopwatch', 'const started = performance.now();'],
    [
      'a time of the processor that must be short',
      'expect(process.cpuUsage(before).user).toBeLessThan(5e6);',
    ],
    ['a time that must be short', 'expect(Date.now() - started).toBeLessThan(1000);'],
    ['a time that must be short', 'expect(\n  Date.now() - started,\n).toBeLessThanOrEqual(1000);'],
    ['a time limit of its own', "test('x', async () => {\n  await y();\n}, 60_000);"],
    ['a time limit of its own', "test('x', { timeout: 60_000 }, async () => {});"],
  ])('%s: %s', (name, source) => {
    expect(signsIn(source)).toEqual([name]);
  });

  test.each([
    'expect(Date.now() - started).toBeGreaterThanOrEqual(100);',
    'const attempt = { nextAt: Date.now() + 1000 };\nexpect(count).toBeLessThan(3);',
    'expect(nextAt).toBeLessThan(Date.now() + 31_000);',
    'const relay = await start({ timeoutMs: 100 });',
    'setInterval(() => {\n  poke();\n}, 100);',
  ])('none of them: %s', (source) => {
    expect(signsIn(source)).toEqual([]);
  });
});
