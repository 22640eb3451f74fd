import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { expressionsIn, type ModuleExpressions } from './expressions-in.ts';
import { slowness } from './slowness.ts';

/**
 * No regular expression of the relay takes more steps than a few for each character of its text, whatever the text is:
 * most of them meet what others send. That is shown of the expression itself, not of texts that somebody thought of.
 */

const top = join(import.meta.dirname, '../..');

/** Expressions that are made of a text, and what they come to. What goes into them is ours, and short. */
const made: Readonly<Record<string, readonly string[]>> = {
  '`^[0-9a-f]{2}(?::[0-9a-f]{2}){${octets - 1}}$`': ['^[0-9a-f]{2}(?::[0-9a-f]{2}){63}$'],
  '`^[0-9a-f]{${octets * 2}}$`': ['^[0-9a-f]{128}$'],
  '`^${name}:(\\\\d+)`': ['^used_memory:(\\d+)'],
  '`^;;${name}: (\\\\d{1,12})`': ['^;;last_success: (\\d{1,12})'],
  '`;;${name}=(\\\\d{1,12})`': [';;lastchange=(\\d{1,12})'],
};

describe('the expressions of the relay', () => {
  let modules: readonly ModuleExpressions[] = [];
  beforeAll(async () => {
    const files = (await readdir(join(top, 'src'), { recursive: true }))
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .map((file) => `src/${file}`);
    modules = await Promise.all(
      files.map(async (file) => expressionsIn(file, await readFile(join(top, file), 'utf8'))),
    );
  });

  test('are linear, all of them', () => {
    const literals = modules.flatMap((module) => module.literals);
    expect(literals).not.toEqual([]);
    expect(literals.flatMap(slowness)).toEqual([]);
  });

  test('stand as they are, but for a few that are made of what is ours', () => {
    const calls = modules.flatMap((module) => module.made);
    const known = Object.keys(made);
    expect(calls.filter((call) => !known.some((text) => call.includes(text)))).toEqual([]);
    expect(known.filter((text) => !calls.some((call) => call.includes(text)))).toEqual([]);
    for (const source of Object.values(made).flat())
      expect(slowness({ where: 'made', source, flags: 'im' })).toEqual([]);
  });
});

describe('the analysis', () => {
  test.each([
    ['blanks before a line break', '\\s*[\\r\\n]+\\s*', 'g'],
    ['blanks at the end', '[ \\t]+$', ''],
    ['comments', '\\([^)]*\\)', 'g'],
    ['two that share', '^\\s*\\S*\\s*$', ''],
    ['a repetition of repetitions', '^(?:a+)+$', ''],
    ['alternatives that are alike', '^(?:a|aa)+$', ''],
  ])('finds what is slow: %s', (_, source, flags) => {
    expect(slowness({ where: 'here', source, flags })).not.toEqual([]);
  });

  test.each([
    ['blanks at the beginning', '^[ \\t]+', ''],
    ['one after the other', '^[a-z]+:[0-9]+$', ''],
    ['up to what it cannot be', '<[^<>]*>', 'g'],
  ])('lets pass what is not: %s', (_, source, flags) => {
    expect(slowness({ where: 'here', source, flags })).toEqual([]);
  });

  test('finds the expressions of a module, and where', () => {
    const text =
      'const a = /b+/g;\nfunction c() {\n  return new RegExp(`${a}`) ?? RegExp("d") ?? "e".split(/f/u);\n}';
    expect(expressionsIn('x.ts', text)).toEqual({
      literals: [
        { where: 'x.ts:1', source: 'b+', flags: 'g' },
        { where: 'x.ts:3', source: 'f', flags: 'u' },
      ],
      made: ['new RegExp(`${a}`)', 'RegExp("d")'],
    });
  });
});
