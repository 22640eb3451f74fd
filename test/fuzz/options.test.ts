import { expect, test } from 'vitest';
import { readOptions } from './options.ts';

const read = (...args: string[]) => readOptions(args, ['chains', 'dns-replies'], 1_700_000_000_123);

test('readOptions(): a minute for each target, from a seed that is another every time', () => {
  expect(read()).toEqual({ seconds: 60, seed: 1_700_000_000 });
});

test('readOptions(): all of them', () => {
  expect(read('--seconds', '5', '--seed=7', '--rounds', '1', '--target', 'chains')).toEqual({
    seconds: 5,
    seed: 7,
    rounds: 1,
    target: 'chains',
  });
});

test.each([
  [['--seconds', 'x'], '--seconds takes a whole number, not x'],
  [['--seed', '-1'], /--seed/],
  [['--rounds='], '--rounds takes a whole number, not '],
  [['--target', 'nothing'], 'no target nothing'],
  [['--sed', '1'], /--sed/],
  [['chains'], /chains/],
])('readOptions(): refuses %j', (args, message) => {
  expect(() => read(...args)).toThrow(message);
});
