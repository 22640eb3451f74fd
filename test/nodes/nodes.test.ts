import { describe, expect, test } from 'vitest';
import { readOptions } from './options.ts';
import { warningsIn } from './warnings.ts';

describe('readOptions()', () => {
  test.each<[string[], readonly string[], readonly string[]]>([
    [[], ['20.19', '22', '24', '26'], ['24']],
    [['--node', '26'], ['26'], []],
    [['--node', '24.1.0'], ['24.1.0'], ['24.1.0']],
    [['--node', '26', '--scenarios', '26'], ['26'], ['26']],
    [['--scenarios', 'none'], ['20.19', '22', '24', '26'], []],
    [['--node', '22', '--scenarios', '24'], ['22', '24'], ['24']],
  ])('%j', (args, nodes, scenarios) => {
    expect(readOptions(args)).toMatchObject({ nodes, scenarios });
  });

  test.each([[['--node', 'lts']], [['--scenarios', '24/../..']], [['more']]])('%j is refused', (args) => {
    expect(() => readOptions(args)).toThrow();
  });
});

test('warningsIn() has each once, whichever process said it', () => {
  const output = [
    'ok',
    '(node:12) [DEP0190] DeprecationWarning: Passing args is unsafe',
    '(Use `node --trace-deprecation ...` to show where the warning was created)',
    'dane-relay: (node:13) [DEP0190] DeprecationWarning: Passing args is unsafe',
    '(node:14) ExperimentalWarning: SQLite is an experimental feature',
  ].join('\n');
  expect(warningsIn(output)).toEqual([
    'ExperimentalWarning: SQLite is an experimental feature',
    '[DEP0190] DeprecationWarning: Passing args is unsafe',
  ]);
});
