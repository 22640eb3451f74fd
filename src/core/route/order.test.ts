import { describe, expect, it } from 'vitest';
import { makeDice } from '../../../test/support/dice.ts';
import { orderAddresses, type Ordered } from './order.ts';

interface Named extends Ordered {
  readonly name: string;
}

function host(name: string, preference: number, family: 4 | 6 = 4): Named {
  return { name, preference, family };
}

const dice = (seed: number): (() => number) => makeDice(seed).fraction;

const names = (hosts: readonly Named[]): string => hosts.map(({ name }) => name).join('');

describe('orderAddresses()', () => {
  it('puts lower preference first whatever the dice say', () => {
    for (let seed = 1; seed < 50; seed += 1) {
      expect(
        names(
          orderAddresses(
            [host('b', 20), host('a', 10)],
            { prefer: 'any', limit: 5, balance: true },
            dice(seed),
          ),
        ),
      ).toBe('ab');
    }
  });

  it('gives hosts of equal preference an equal share of first places', () => {
    const first: Record<string, number> = { a: 0, b: 0, c: 0 };
    const next = dice(7);
    for (let round = 0; round < 3000; round += 1) {
      const name =
        orderAddresses(
          [host('a', 1), host('b', 1), host('c', 1)],
          { prefer: 'any', limit: 5, balance: true },
          next,
        )[0]?.name ?? '';
      first[name] = (first[name] ?? 0) + 1;
    }
    for (const count of Object.values(first)) expect(Math.abs(count - 1000)).toBeLessThan(120);
  });

  it('any: prefers no family', () => {
    const first = new Set(
      Array.from(
        { length: 40 },
        (_, seed) =>
          orderAddresses(
            [host('a', 1, 6), host('b', 1, 4)],
            { prefer: 'any', limit: 5, balance: true },
            dice(seed + 1),
          )[0]?.name,
      ),
    );
    expect(first).toEqual(new Set(['a', 'b']));
  });

  it.each([
    ['ipv4', 'ab'],
    ['ipv6', 'ba'],
  ] as const)('%s: that family first', (prefer, order) => {
    for (let seed = 1; seed < 20; seed += 1) {
      expect(
        names(
          orderAddresses([host('b', 1, 6), host('a', 1, 4)], { prefer, limit: 5, balance: true }, dice(seed)),
        ),
      ).toBe(order);
    }
  });

  it.each([0, 4, 5])('a limit of %i leaves out none of four', (limit) => {
    const hosts = [host('a', 1, 6), host('b', 2, 6), host('c', 3, 6), host('d', 4, 4)];
    expect(names(orderAddresses(hosts, { prefer: 'any', limit: limit, balance: true }, dice(1)))).toBe(
      'abcd',
    );
  });

  it('gives the odd place to the family of the first address', () => {
    const four = [1, 3, 5, 7].map((preference) => host('f', preference, 4));
    const six = [2, 4, 6, 8].map((preference) => host('s', preference, 6));
    expect(
      names(orderAddresses([...four, ...six], { prefer: 'any', limit: 5, balance: true }, dice(1))),
    ).toBe('fsfsf');
    expect(
      names(orderAddresses([...six, ...four.slice(1)], { prefer: 'any', limit: 5, balance: true }, dice(1))),
    ).toBe('sfsfs');
  });

  it('prefers a family only among equals', () => {
    const hosts = [host('a', 10, 6), host('b', 10, 4), host('c', 5, 6)];
    expect(names(orderAddresses(hosts, { prefer: 'ipv4', limit: 5, balance: true }, dice(3)))).toBe('cba');
  });

  it.each([
    [6, 2, 3, 2],
    [2, 6, 2, 3],
    [9, 9, 3, 2],
    [1, 9, 1, 4],
    [9, 1, 4, 1],
  ])('keeps places for both families: %i of IPv6 and %i of IPv4', (six, four, sixPlaces, fourPlaces) => {
    const limit = sixPlaces + fourPlaces;
    const hosts = [
      ...Array.from({ length: six }, (_, index) => host(`s${index}`, 10, 6)),
      ...Array.from({ length: four }, (_, index) => host(`f${index}`, 20, 4)),
    ];
    const kept = orderAddresses(hosts, { prefer: 'any', limit: limit, balance: true }, dice(1));
    expect(kept.filter(({ family }) => family === 6)).toHaveLength(sixPlaces);
    expect(kept).toHaveLength(limit);
  });

  it('keeps the first of all where families are not balanced', () => {
    const hosts = [host('a', 10, 6), host('b', 10, 6), host('c', 20, 4)];
    const kept = orderAddresses(hosts, { prefer: 'any', limit: 2, balance: false }, dice(1));
    expect(kept.map(({ family }) => family)).toEqual([6, 6]);
    const balanced = orderAddresses(hosts, { prefer: 'any', limit: 2, balance: true }, dice(1));
    expect(balanced.map(({ family }) => family)).toEqual([6, 4]);
  });

  it('keeps all where there is no limit', () => {
    const hosts = Array.from({ length: 30 }, (_, index) => host(`h${index}`, 10));
    expect(orderAddresses(hosts, { prefer: 'any', limit: 0, balance: true }, dice(1))).toHaveLength(30);
  });
});
