import { describe, expect, test } from 'vitest';
import { createContentShelf } from './content-shelf.ts';

const piece = (bytes: number): Buffer => Buffer.alloc(bytes, 'x');
const mebi = 2 ** 20;

function setup() {
  let now = 0;
  return { shelf: createContentShelf(() => now), pass: (ms: number) => void (now += ms) };
}

describe('createContentShelf()', () => {
  test('has what was kept, until each of its destinations is done', () => {
    const { shelf } = setup();
    const pieces = [piece(1), piece(2)];
    shelf.keep('4a', ['a.test', 'b.test'], 10, pieces);
    shelf.done('4a', 'a.test');
    shelf.done('4a', 'a.test');
    shelf.done('4a', 'c.test');
    expect(shelf.content('4a')).toBe(pieces);
    shelf.done('4a', 'b.test');
    expect(shelf.content('4a')).toBeUndefined();
  });

  test('tells since when it has the mail of a destination', () => {
    const { shelf } = setup();
    expect(shelf.oldest('a.test')).toBe(Infinity);
    shelf.keep('4a', ['a.test'], 10, [piece(1)]);
    shelf.keep('4b', ['a.test', 'b.test'], 20, [piece(1)]);
    expect([shelf.oldest('a.test'), shelf.oldest('b.test')]).toEqual([10, 20]);
    shelf.done('4a', 'a.test');
    expect([shelf.oldest('a.test'), shelf.oldest('b.test')]).toEqual([20, 20]);
    shelf.done('4b', 'a.test');
    expect([shelf.oldest('a.test'), shelf.oldest('b.test')]).toEqual([Infinity, 20]);
  });

  test('drops the oldest when there is more than 16 MiB', () => {
    const { shelf } = setup();
    for (let index = 0; index <= 64; index += 1)
      shelf.keep(`4${index}`, ['a.test'], index, [piece(mebi / 4 - 1_280)]);
    expect(shelf.content('40')).toBeUndefined();
    expect(shelf.content('41')).toBeDefined();
    expect(shelf.oldest('a.test')).toBe(1);
  });

  test('counts what it notes beside the content: a short message for very many destinations is not free', () => {
    const { shelf } = setup();
    const destinations = Array.from({ length: 1_000 }, (_, index) => `d${index}.test`);
    for (let index = 0; index < 200; index += 1) shelf.keep(`4${index}`, destinations, index, [piece(1)]);
    const ids = Array.from({ length: 200 }, (_, index) => `4${index}`);
    const here = ids.filter((id) => shelf.content(id) !== undefined);
    expect(here.length * destinations.length).toBeLessThan(100_000);
    expect(here.at(-1)).toBe('4199');
  });

  test('remembers no destination for long that is not asked for again', () => {
    const { shelf, pass } = setup();
    for (let index = 0; index < 1_000; index += 1) {
      shelf.missed(`d${index}.test`);
      pass(10);
    }
    expect(shelf.paused()).toBeLessThanOrEqual(101);
  });

  test('does not keep a long message', () => {
    const { shelf } = setup();
    shelf.keep('4a', ['a.test'], 10, [piece(mebi / 4), piece(1)]);
    expect(shelf.content('4a')).toBeUndefined();
    expect(shelf.oldest('a.test')).toBe(Infinity);
  });

  test('leaves a destination alone for a second after a miss, and no other', () => {
    const { shelf, pass } = setup();
    shelf.keep('4a', ['a.test', 'b.test'], 10, [piece(1)]);
    shelf.missed('a.test');
    shelf.keep('4b', ['a.test'], 20, [piece(1)]);
    shelf.keep('4c', ['b.test'], 20, [piece(1)]);
    expect([shelf.oldest('a.test'), shelf.oldest('b.test')]).toEqual([Infinity, 10]);
    expect(shelf.content('4b')).toBeUndefined();
    expect(shelf.content('4c')).toBeDefined();
    pass(1_000);
    shelf.keep('4d', ['a.test'], 30, [piece(1)]);
    expect(shelf.oldest('a.test')).toBe(30);
  });

  test('holds nothing of what is done, however much passes', () => {
    const { shelf } = setup();
    for (let index = 0; index < 1_000; index += 1) {
      shelf.keep(`4${index}`, ['a.test'], index, [piece(mebi / 4)]);
      expect(shelf.content(`4${index}`)).toBeDefined();
      shelf.done(`4${index}`, 'a.test');
    }
    expect(shelf.oldest('a.test')).toBe(Infinity);
  });
});
