import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { commandNames, commands } from '../../src/cli/commands.ts';

/** docs/json.md has a row for every command that prints JSON, and for no other. */

test('docs/json.md has all commands with --json', () => {
  const page = readFileSync(path.join(import.meta.dirname, '../../docs/json.md'), 'utf8');
  const firsts = [...page.matchAll(/^\| (`[^|]+`) \|/gm)].map(([, cell = '']) => cell);
  const listed = firsts.flatMap((cell) =>
    [...cell.matchAll(/`([a-z]+(?:-[a-z]+)?(?: [a-z]+)*)`/g)].map(([, name = '']) => name),
  );
  const printing = commandNames.filter((name) =>
    (commands[name].options as readonly string[]).includes('json'),
  );
  expect(listed.toSorted()).toEqual([...printing].toSorted());
});
