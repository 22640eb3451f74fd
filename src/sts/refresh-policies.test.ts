import { afterEach, expect, test } from 'vitest';
import type { PolicyUse } from '../core/sts/known-policy.ts';
import { refreshPolicies } from './refresh-policies.ts';

/** Policies are fetched anew when they are due, whatever becomes of others. */

let stop = (): void => {};
afterEach(() => stop());

function use(domain: string): PolicyUse {
  const policy = { mode: 'enforce', maxAge: 60, mx: [], lines: [] } as const;
  return { stored: { domain, policy, id: 'a', fetchedAt: 0, expiresAt: 1 } };
}

/** A store with these policies, all of them due. */
function world(domains: readonly string[], refresh: (domain: string) => Promise<void>) {
  const due = [...domains];
  const seen = { asked: [] as number[], refreshed: [] as string[], fails: 0, told: [] as string[] };
  stop = refreshPolicies({
    store: {
      async takeDue(now, most) {
        expect(now).toBe(7);
        if (seen.fails > 0) {
          seen.fails -= 1;
          throw new Error('Redis is not reachable');
        }
        seen.asked.push(most);
        return due.splice(0, most).map(use);
      },
    },
    finder: {
      refresh({ stored }) {
        seen.refreshed.push(stored.domain);
        return refresh(stored.domain);
      },
    },
    trouble: (error) => void seen.told.push(String(error)),
    now: () => 7,
    intervalMs: 1,
  });
  return seen;
}

const numbered = (name: string, count: number): string[] =>
  Array.from({ length: count }, (_, n) => `${name}${n}.test`);

test('hosts that say nothing keep no other policy from being fetched', async () => {
  const hanging = numbered('hangs', 40);
  const good = numbered('good', 20);
  const seen = world([...hanging, ...good], (domain) =>
    domain.startsWith('hangs') ? new Promise(() => {}) : Promise.resolve(),
  );
  await expect.poll(() => seen.refreshed).toEqual([...hanging, ...good]);
  expect(Math.max(...seen.asked)).toBe(8);
});

test('of those that hang, no more begin than a limit', async () => {
  let release = (): void => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  const seen = world(numbered('hangs', 200), () => held);
  await expect.poll(() => seen.refreshed.length).toBe(64);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(seen.refreshed).toHaveLength(64);
  release();
  await expect.poll(() => seen.refreshed.length).toBe(200);
});

test('it goes on after trouble, of the store or of one policy', async () => {
  const seen = world(numbered('a', 20), (domain) =>
    domain === 'a3.test' ? Promise.reject(new Error('Redis is not reachable')) : Promise.resolve(),
  );
  seen.fails = 3;
  await expect.poll(() => seen.refreshed.length).toBe(20);
  // Whether it is a bug, those know who are told.
  expect(seen.told).toEqual(Array(4).fill('Error: Redis is not reachable'));
});

test('nothing begins once it has ended', async () => {
  const seen = world(numbered('a', 8), () => Promise.resolve());
  await expect.poll(() => seen.asked.length).toBeGreaterThan(1);
  stop();
  const { length } = seen.asked;
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(seen.asked).toHaveLength(length);
});
