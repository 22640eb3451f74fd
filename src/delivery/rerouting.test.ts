import { expect, test } from 'vitest';
import { claimOf } from '../../test/support/delivery-kit.ts';
import type { Claim } from '../core/delivery/claim.ts';
import { rerouting } from './rerouting.ts';

function mailOf(queueId: string, ...addresses: readonly string[]): Claim {
  return claimOf({
    queueId,
    envelope: { sender: '', recipients: addresses.map((address) => ({ address })) },
  });
}

/** Batches of claims; what was moved is written down, and what stays of it stays. */
function leaseOf(batches: readonly (readonly Claim[] | 'lost')[]) {
  const moved: string[] = [];
  const asked: number[] = [];
  const left = [...batches];
  return {
    moved,
    asked,
    destination: 'old.test',
    async take(count: number) {
      asked.push(count);
      return left.shift() ?? [];
    },
    async move(mail: Claim, elsewhere: ReadonlyMap<string, readonly number[]>) {
      for (const [nextHop, indexes] of elsewhere)
        moved.push(`${mail.message.queueId} ${indexes.join()} ${nextHop}`);
      const gone = new Set([...elsewhere.values()].flat());
      const waiting = mail.waiting.filter(({ index }) => !gone.has(index));
      return { moved: true, ...(waiting.length > 0 && { stays: { ...mail, waiting } }) };
    },
  };
}

const nextHopOf = (mailbox: string): string => mailbox.slice(mailbox.indexOf('@') + 1);

async function takeFrom(lease: ReturnType<typeof leaseOf>, count: number) {
  const lines: string[] = [];
  const taken = await rerouting(lease, nextHopOf, ({ text }) => lines.push(text)).take(count);
  const shown =
    taken === 'lost'
      ? taken
      : taken.map(({ message, waiting }) => `${message.queueId} ${waiting.map(({ index }) => index).join()}`);
  return { shown, lines };
}

test('what still goes there stays as it is', async () => {
  const lease = leaseOf([[mailOf('A', 'a@old.test')]]);
  expect(await takeFrom(lease, 5)).toEqual({ shown: ['A 0'], lines: [] });
  expect(lease.moved).toEqual([]);
});

test('recipients that go elsewhere now are handed over, the others stay', async () => {
  const lease = leaseOf([
    [mailOf('A', 'a@old.test', 'b@new.test', 'c@new.test', 'd@other.test'), mailOf('B', 'a@new.test')],
  ]);
  const { shown, lines } = await takeFrom(lease, 5);
  expect(shown).toEqual(['A 0']);
  expect(lease.moved).toEqual(['A 1,2 new.test', 'A 3 other.test', 'B 0 new.test']);
  expect(lines).toContain('A: next hop of nrcpt=2 changed from old.test to new.test');
});

test('as many are taken as were asked for, as long as there are any', async () => {
  const lease = leaseOf([
    [mailOf('A', 'a@new.test'), mailOf('B', 'b@old.test')],
    [mailOf('C', 'c@old.test')],
  ]);
  expect((await takeFrom(lease, 2)).shown).toEqual(['B 0', 'C 0']);
  expect(lease.asked).toEqual([2, 1]);
});

test('a destination that another process owns now', async () => {
  expect((await takeFrom(leaseOf(['lost']), 2)).shown).toBe('lost');
  expect(
    (await takeFrom(leaseOf([[mailOf('A', 'a@new.test'), mailOf('B', 'a@old.test')], 'lost']), 2)).shown,
  ).toEqual(['B 0']);
});

test('a message that may have arrived stays until that is settled', async () => {
  const doubtful = { ...mailOf('A', 'a@new.test'), inDoubt: [0] };
  const lease = leaseOf([[doubtful]]);
  expect((await takeFrom(lease, 1)).shown).toEqual(['A 0']);
  expect(lease.moved).toEqual([]);
});
