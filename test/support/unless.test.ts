import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { unless } from './unless.ts';

/** What a test file registers with it, and how. */
function recorder() {
  const names: string[] = [];
  const skip = (name: string) => void names.push(`skip ${name}`);
  const each = (cases: readonly unknown[]) => (name: string) =>
    void names.push(`skip ${cases.length} ${name}`);
  const api = (name: string) => void names.push(`run ${name}`);
  return {
    names,
    api: Object.assign(api, { skip: Object.assign(skip, { each }) }) as unknown as typeof test,
  };
}

test('unless(): without an obstacle everything is as it was', () => {
  const { names, api } = recorder();
  unless(undefined, api)('a', () => {});
  expect(names).toEqual(['run a']);
});

test('unless(): what is skipped says why', () => {
  const { names, api } = recorder();
  const it = unless('only root can', api);
  it('a', () => {});
  it.each([1, 2])('b %i', () => {});
  expect(names).toEqual(['skip a [skipped: only root can]', 'skip 2 b %i [skipped: only root can]']);
});

test('nothing is skipped without a reason', () => {
  const top = join(import.meta.dirname, '..');
  const files = readdirSync(top, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.test.ts'),
  );
  const found = files.filter((file) =>
    /\b(?:test|it|describe)\.(?:skipIf|runIf)\(/.test(readFileSync(join(top, file), 'utf8')),
  );
  expect(found).toEqual([]);
});
