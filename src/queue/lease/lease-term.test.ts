import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LEASE_MS, openLeaseTerms } from './lease-term.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const owner = (name: string) => ({ destination: name, token: `1:${name}` });

/** @param answer to a command for these destinations */
function worldOf(answer: (names: readonly string[]) => Promise<readonly boolean[]>) {
  const commands: (readonly string[])[] = [];
  const terms = openLeaseTerms({
    async renew({ renewals }) {
      const names = renewals.map(({ destination }) => destination);
      commands.push(names);
      return [...(await answer(names))];
    },
  });
  return { terms, commands };
}

test('leases that are due at about the same time are renewed by one command, every two seconds', async () => {
  const { terms, commands } = worldOf(async (names) => names.map(() => true));
  const all = ['a', 'b', 'c'].map((name) => terms.start(owner(name), 0));
  await vi.advanceTimersByTimeAsync(4_600);
  expect(commands).toEqual([
    ['a', 'b', 'c'],
    ['a', 'b', 'c'],
  ]);
  expect(all.map((term) => term.isGood())).toEqual([true, true, true]);
  for (const term of all) term.pause();
  expect(vi.getTimerCount()).toBe(0);
});

test('one that was lost is good no longer than it was, and the others are', async () => {
  const { terms } = worldOf(async (names) => names.map((name) => name !== 'lost'));
  const [kept, lost] = ['kept', 'lost'].map((name) => terms.start(owner(name), 0));
  await vi.advanceTimersByTimeAsync(LEASE_MS + 1);
  expect([kept?.isGood(), lost?.isGood()]).toEqual([true, false]);
  for (const term of [kept, lost]) term?.pause();
});

test('while Redis is away one command waits for it, and what is asked for later is not good before', async () => {
  let arrive = (): void => {};
  const { terms, commands } = worldOf(
    (names) => new Promise((resolve) => (arrive = () => resolve(names.map(() => true)))),
  );
  const term = terms.start(owner('a'), 0);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(commands).toHaveLength(1);
  expect(term.isGood()).toBe(false);
  // An answer to what was asked so long ago renews nothing.
  arrive();
  await vi.advanceTimersByTimeAsync(0);
  expect(term.isGood()).toBe(false);
  await vi.advanceTimersByTimeAsync(300);
  expect(commands).toHaveLength(2);
  arrive();
  await vi.advanceTimersByTimeAsync(0);
  expect(term.isGood()).toBe(true);
  term.pause();
});

test('one that rests is not renewed: its destination could not be taken by others', async () => {
  const { terms, commands } = worldOf(async (names) => names.map(() => true));
  const term = terms.start(owner('a'), 0);
  term.pause();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(commands).toEqual([]);
  term.resume();
  await vi.advanceTimersByTimeAsync(300);
  expect(commands).toEqual([['a']]);
  term.pause();
});

test('very many go in several commands', async () => {
  const { terms, commands } = worldOf(async (names) => names.map(() => true));
  const all = Array.from({ length: 450 }, (_, nth) => terms.start(owner(`d${nth}`), 0));
  await vi.advanceTimersByTimeAsync(2_300);
  expect(commands.map(({ length }) => length)).toEqual([200, 200, 50]);
  for (const term of all) term.pause();
});
