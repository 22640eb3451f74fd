import { postfixNames } from './postfix/names.ts';
import { describe, expect, test } from 'vitest';
import { parseArguments } from './arguments.ts';
import { commandNames, commands, groups, headingOf } from './commands.ts';
import { options } from './options/options.ts';
import { usage } from './usage.ts';

const topics = ['', ...Object.keys(groups), ...commandNames].map(
  (name) => [name, usage(name.split(' ').filter(Boolean))] as const,
);

test.each(topics)('usage(): %j fits into 80 columns and ends its last line', (name, text) => {
  expect(text.split('\n').filter((line) => line.length > 80 || line !== line.trimEnd())).toEqual([]);
  expect(text).toMatch(new RegExp(`^Usage: dane-relay ${name}.*[^\\n]\\n$`, 's'));
});

test.each(topics.filter(([name]) => name !== ''))('usage(): %s ends with an example', (_, text) => {
  expect(text).toMatch(/\n\nExample:\n {2}.*\bdane-relay \S.*\n$/);
});

describe('usage()', () => {
  test('lists every command', () => {
    for (const name of commandNames) expect(usage()).toMatch(new RegExp(`^  ${name} +\\S`, 'm'));
  });

  test('has the families of commands in the order of the table', () => {
    const headings = usage().matchAll(/^(\S.*):$/gm);
    const wanted = [...new Set(commandNames.map(headingOf))].map((heading) => heading.slice(0, -1));
    expect([...headings].map(([, heading]) => heading)).toEqual(['Options', ...wanted, 'Exit status']);
  });

  test('of a command has its options and no other', () => {
    for (const name of commandNames) {
      const shown = usage(name.split(' ')).matchAll(/^ {2}(?:-\w, )?--([\w-]+)/gm);
      expect([...shown].map(([, option]) => option)).toEqual([...commands[name].options, 'help', 'version']);
    }
  });

  test('says what stands for the value of an option, and does not put it into brackets', () => {
    expect(usage(['run'])).toContain(`  -c, --config ${options.config.value}  `);
  });

  test('does not mind operands', () => {
    expect(usage(['queue', 'flush', 'example.org'])).toBe(usage(['queue', 'flush']));
  });
});

/** These read their words by themselves, as the programs of these names do. */
const ours = commandNames.filter((name) => !postfixNames.some((one) => one === name));

test.each(ours)('the example of %s is a command line', (name) => {
  const [, words = ''] = /dane-relay ([^<>)]*)/.exec(commands[name].example) ?? [];
  expect(parseArguments(words.trim().split(' ')).name).toBe(name);
});
