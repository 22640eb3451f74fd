import { describe, expect, it } from 'vitest';
import type { Lookup } from '../core/dns/answer.ts';
import { shareLookups } from './fair-lookups.ts';

/** A resolver that answers when it is told to. */
function resolver(atOnce: number) {
  const asked: string[] = [];
  const open = new Map<string, () => void>();
  let underWay = 0;
  let most = 0;
  const lookup = (async (name: string) => {
    asked.push(name);
    most = Math.max(most, (underWay += 1));
    await new Promise<void>((resolve) => open.set(name, resolve));
    underWay -= 1;
    return { kind: 'failed', cause: 'timeout', detail: name };
  }) as Lookup;
  const fair = shareLookups({ lookup, atOnce });
  return {
    fair,
    asked,
    most: () => most,
    async answer(name: string) {
      open.get(name)?.();
      open.delete(name);
      for (let turns = 0; turns < 5; turns += 1) await Promise.resolve();
    },
    oldest: () => [...open.keys()][0] ?? '',
  };
}

describe('shareLookups()', () => {
  it('asks at once as long as there is room', async () => {
    const { fair, asked, answer } = resolver(2);
    const one = fair.asker();
    const answered = one('a', 'A');
    void one('b', 'A');
    void one('c', 'A');
    expect(asked).toEqual(['a', 'b']);
    expect(fair.waiting()).toBe(1);
    await answer('a');
    expect(await answered).toMatchObject({ detail: 'a' });
    expect(asked).toEqual(['a', 'b', 'c']);
    expect(fair.waiting()).toBe(0);
  });

  it('never asks for more at a time, and for all of it in the end', async () => {
    const { fair, asked, answer, oldest, most } = resolver(10);
    for (let nth = 0; nth < 20; nth += 1) {
      const ask = fair.asker();
      for (let host = 0; host < 40; host += 1) void ask(`${nth}-${host}`, 'A');
    }
    while (oldest() !== '') await answer(oldest());
    expect(new Set(asked).size).toBe(800);
    expect(most()).toBe(10);
    expect(fair.waiting()).toBe(0);
  });

  it('asks the first question of a newcomer before the others of those who were there', async () => {
    const { fair, asked, answer } = resolver(4);
    const busy = fair.asker();
    for (let nth = 0; nth < 200; nth += 1) void busy(`busy ${nth}`, 'A');
    const late = fair.asker();
    void late('late', 'MX');
    void late('late', 'A');
    expect(asked).not.toContain('late');
    await answer('busy 0');
    expect(asked.slice(4)).toEqual(['late']);
    await answer('busy 1');
    expect(asked.slice(5)).toEqual(['late']);
  });

  it('leaves half of the places to those who ask for little', async () => {
    const { fair, asked, answer, oldest } = resolver(10);
    const busy = fair.asker();
    for (let nth = 0; nth < 200; nth += 1) void busy(`busy ${nth}`, 'A');
    for (let nth = 0; nth < 16; nth += 1) await answer(oldest());
    expect(asked).toHaveLength(21);
    void fair.asker()('late', 'MX');
    expect(asked.at(-1)).toBe('late');
  });

  it('gives up the place of whoever is aborted, waiting or not', async () => {
    const { fair, asked, answer } = resolver(1);
    const stop = new AbortController();
    const ask = fair.asker();
    void ask('a', 'A');
    const waits = ask('b', 'A', stop.signal);
    void ask('c', 'A');
    stop.abort(new Error('stop'));
    await expect(waits).rejects.toThrow('stop');
    await expect(ask('d', 'A', stop.signal)).rejects.toThrow('stop');
    await answer('a');
    expect(asked).toEqual(['a', 'c']);
    expect(fair.waiting()).toBe(0);
  });
});
