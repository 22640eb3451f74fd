import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseSync } from 'oxc-parser';
import { expect, test } from 'vitest';

const top = join(import.meta.dirname, '../..');

/** What is loaded with a module: what it imports, but for types and what it asks for later. */
function loadedWith(file: string, found = new Set<string>()): ReadonlySet<string> {
  if (found.has(file)) return found;
  found.add(file);
  if (!file.endsWith('.ts')) return found;
  const { module } = parseSync(file, readFileSync(join(top, file), 'utf8'));
  const imported = module.staticImports
    .filter(({ entries }) => entries.length === 0 || entries.some(({ isType }) => !isType))
    .map(({ moduleRequest }) => moduleRequest.value);
  const passedOn = module.staticExports.flatMap(({ entries }) =>
    entries.flatMap(({ moduleRequest, isType }) => (moduleRequest && !isType ? [moduleRequest.value] : [])),
  );
  for (const from of [...imported, ...passedOn])
    loadedWith(from.startsWith('.') ? join(dirname(file), from) : from, found);
  return found;
}

test('a call of sendmail loads little of the relay, and no library', () => {
  const loaded = ['src/main.ts', 'src/cli/sendmail/sendmail-command.ts'].flatMap((file) => [
    ...loadedWith(file),
  ]);
  const libraries = loaded.filter((name) => !name.startsWith('src/') && !name.startsWith('node:'));
  expect(libraries).toEqual([]);
  expect(loaded).toContain('src/maildrop/drop.ts');
  expect(new Set(loaded).size).toBeLessThan(60);
});
