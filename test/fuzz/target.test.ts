import { expect, test } from 'vitest';
import { makeDice } from '../support/dice.ts';
import { mutate, runRounds, type FuzzTarget } from './target.ts';

const target = (fault: (number: number) => boolean): FuzzTarget => ({
  name: 'numbers',
  round(random) {
    const number = random(100);
    if (fault(number)) throw new Error(`${number} is wrong`);
    return number >= 50;
  },
});

test('runRounds(): counts rounds, and those that came far', () => {
  const { rounds, deep } = runRounds(
    target(() => false),
    5,
    (seed) => seed < 1_005,
  );
  expect(rounds).toBe(1_000);
  expect(deep).toBeGreaterThan(400);
  expect(deep).toBeLessThan(600);
});

test('runRounds(): a fault names the seed of its round, which alone shows it again', () => {
  const faulty = target((number) => number === 13);
  let seed = -1;
  try {
    runRounds(faulty, 1, () => true);
  } catch (error) {
    seed = (error as { seed: number }).seed;
    expect(error).toHaveProperty('message', `numbers, seed ${seed}: 13 is wrong`);
  }
  expect(() => runRounds(faulty, seed, (at) => at === seed)).toThrow('13 is wrong');
  expect(runRounds(faulty, seed + 1, (at) => at === seed)).toEqual({ rounds: 0, deep: 0 });
});

test('mutate(): another text most times, the original always as it was', () => {
  const original = Buffer.from('an original text');
  const others = Array.from({ length: 200 }, (_, seed) => mutate(original, makeDice(seed).below));
  expect(new Set(others.map((each) => Buffer.from(each).toString('hex'))).size).toBeGreaterThan(150);
  expect(original.toString()).toBe('an original text');
});
