import { describe, expect, it } from 'vitest';
import type { Claim } from '../core/delivery/claim.ts';
import { createClaimPrefetch, type Source } from './claim-prefetch.ts';

const mails = (count: number): Claim[] => Array.from({ length: count }, () => ({}) as Claim);

/** A queue of so many messages; `takes` is what was asked for. */
function sourceOf(count: number, overrides: Partial<Source> = {}) {
  const waiting = mails(count);
  const takes: number[] = [];
  const source: Source = {
    async take(wanted) {
      takes.push(wanted);
      return waiting.splice(0, wanted);
    },
    newMail: async () => false,
    ...overrides,
  };
  return { prefetch: createClaimPrefetch(source), takes, waiting };
}

describe('createStock()', () => {
  it('fetches ahead, one fetch at a time, and no more than is wanted', async () => {
    const { prefetch, takes } = sourceOf(100);
    prefetch.fetch(10);
    prefetch.fetch(10);
    await prefetch.news();
    prefetch.fetch(10);
    expect(takes).toEqual([10]);
    expect(prefetch.draw(4)).toHaveLength(4);
    prefetch.fetch(10);
    await prefetch.news();
    expect(takes).toEqual([10, 10]);
    expect(prefetch.draw(100)).toHaveLength(16);
  });

  it('does not ask an empty queue again before there may be news', async () => {
    const { prefetch, takes, waiting } = sourceOf(3);
    prefetch.fetch(10);
    await prefetch.news();
    expect(prefetch.draw(10)).toHaveLength(3);
    expect(prefetch.isEmpty()).toBe(true);
    prefetch.fetch(10);
    expect(takes).toEqual([10]);
    waiting.push(...mails(1));
    await prefetch.news();
    prefetch.fetch(10);
    await prefetch.news();
    expect(prefetch.draw(10)).toHaveLength(1);
  });

  it('draws nothing when the window is closed', async () => {
    const { prefetch } = sourceOf(3);
    prefetch.fetch(3);
    await prefetch.news();
    expect(prefetch.draw(-2)).toEqual([]);
    expect(await prefetch.close()).toHaveLength(3);
  });

  it('lingers until there is mail, and says so', async () => {
    const { prefetch, takes } = sourceOf(0, { newMail: async () => true });
    prefetch.fetch(5);
    await prefetch.news();
    expect(await prefetch.linger(2000)).toBe(true);
    prefetch.fetch(5);
    expect(takes).toEqual([5, 5]);
  });

  it('gives back what arrives while it is closed', async () => {
    const { prefetch } = sourceOf(7);
    prefetch.fetch(7);
    expect(await prefetch.close()).toHaveLength(7);
  });

  it('is lost when another process took over, or the queue failed', async () => {
    const taken = sourceOf(1, { take: async () => 'lost' }).prefetch;
    taken.fetch(1);
    await taken.news();
    expect(taken.isLost()).toBe(true);
    const failed = sourceOf(1, { take: () => Promise.reject(new Error('Redis is gone')) }).prefetch;
    failed.fetch(1);
    await failed.news();
    expect(failed.isLost()).toBe(true);
    await expect(failed.close()).rejects.toThrow('Redis is gone');
  });
});
