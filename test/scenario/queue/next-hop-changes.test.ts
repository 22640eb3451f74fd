import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { until } from '../../lab/until.ts';
import type { Lease } from '../../../src/core/delivery/lease.ts';
import { rerouting } from '../../../src/delivery/rerouting.ts';
import { encodeDumpLine, type DumpLine } from '../../../src/queue/dump/dump.ts';
import { exportQueue } from '../../../src/queue/dump/export-queue.ts';
import type { TakenClaim } from '../../../src/queue/lease/claim.ts';
import type { Queue } from '../../../src/queue/open-queue.ts';
import { belongings } from '../../support/belongings.ts';
import { startPrivateRedis, type PrivateRedis } from '../../support/private-redis.ts';
import { incoming, listed, queueFor, runOf } from './queue-kit.ts';

const keep = belongings();
const domainOf = (address: string): string => address.slice(address.indexOf('@') + 1);

/** A queue of its own; gone after the test. */
async function openOne(): Promise<{ readonly queue: Queue; readonly redis: PrivateRedis }> {
  const redis = keep(await startPrivateRedis());
  return { queue: await queueFor(keep, redis.socketPath, { soleUser: true }), redis };
}

/** A queue whose recipients go where the table says, by domain; it may change at any time. */
async function queueWith(
  table: Map<string, string>,
  work: (claim: TakenClaim, lease: Lease) => Promise<void>,
) {
  const { queue, redis } = await openOne();
  const moves: string[] = [];
  const nextHopOf = (address: string): string => table.get(domainOf(address)) ?? domainOf(address);
  const run = runOf(work);
  await queue.serve((lease) => run(rerouting(lease, nextHopOf, ({ text }) => moves.push(text))), 10);
  return { queue, redis, moves };
}

/** Delivers, and says to whom and where. */
function delivering(done: string[], puts: (claim: TakenClaim, lease: Lease) => boolean = () => false) {
  return async (claim: TakenClaim, lease: Lease): Promise<void> => {
    if (puts(claim, lease)) {
      const last = { dsn: '4.4.1', reason: 'not now' };
      const left = claim.waiting.map(({ index }) => index);
      await lease.settle(claim, {
        retry: { left, attempts: claim.attempts + 1, nextAt: Date.now() + 60_000, last },
      });
      return;
    }
    for (const { recipient } of claim.waiting) done.push(`${recipient.address} by ${lease.destination}`);
    await lease.settle(claim, {});
  };
}

const empty = (queue: Queue) => async (): Promise<boolean> => (await listed(queue)).length === 0;

it('mail goes where the table says when its turn comes, each recipient once', async () => {
  const done: string[] = [];
  const { queue } = await queueWith(new Map([['x.test', 'z.test']]), delivering(done));
  await queue.accept(incoming(['a@x.test', 'b@y.test', 'c@x.test']));
  await until(() => done.length === 3, 'deliveries');
  expect(done.toSorted()).toEqual(['a@x.test by z.test', 'b@y.test by y.test', 'c@x.test by z.test']);
  await until(empty(queue), 'an empty queue');
});

it('what waits with one next hop joins what waits with another, and keeps its history', async () => {
  const table = new Map<string, string>();
  const done: string[] = [];
  let closed = true;
  const attempts: number[] = [];
  const { queue } = await queueWith(
    table,
    delivering(done, ({ attempts: made }) => {
      attempts.push(made);
      return closed;
    }),
  );
  await queue.accept(incoming(['a@x.test', 'b@y.test', 'c@x.test']));
  await until(async () => (await listed(queue)).every(({ state }) => state === 'deferred'), 'two deferrals');
  table.set('x.test', 'y.test');
  closed = false;
  await queue.flush();
  await until(() => done.length === 3, 'deliveries');
  expect(done.toSorted()).toEqual(['a@x.test by y.test', 'b@y.test by y.test', 'c@x.test by y.test']);
  expect(attempts.slice(2)).not.toContain(0);
  await until(empty(queue), 'an empty queue');
});

it('some recipients go and some stay, and what is listed is where it is', async () => {
  const done: string[] = [];
  const { queue } = await queueWith(
    new Map([['new.test', 'x.test']]),
    delivering(done, (_, { destination }) => destination === 'x.test'),
  );
  const message = incoming(['a@old.test', 'b@new.test']);
  // Both were accepted for one next hop, by a table that said so.
  const routing = new Map([['old.test', [0, 1]]]);
  await queue.accept({ ...message, finish: () => ({ ...message.finish(), routing }) });
  await until(() => done.length === 1, 'the one that stays');
  await until(async () => (await listed(queue))[0]?.state === 'deferred', 'the other');
  expect(await listed(queue)).toMatchObject([
    { destination: 'x.test', recipients: ['b@new.test'], attempts: 1 },
  ]);
  expect(done).toEqual(['a@old.test by old.test']);
});

it('a message that its new next hop is just working on joins it afterwards', async () => {
  const table = new Map<string, string>();
  const done: string[] = [];
  let finish = (): void => {};
  const busy = new Promise<void>((resolve) => (finish = resolve));
  const deliver = delivering(done);
  let working = false;
  const { queue } = await queueWith(table, async (claim, lease) => {
    if (lease.destination === 'y.test' && !working) {
      working = true;
      await busy;
    }
    await deliver(claim, lease);
  });
  table.set('x.test', 'y.test');
  const message = incoming(['b@y.test', 'a@x.test']);
  await queue.accept(message);
  await until(() => working, 'work');
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(done).toEqual([]);
  finish();
  await until(() => done.length === 2, 'both');
  expect(done.toSorted()).toEqual(['a@x.test by y.test', 'b@y.test by y.test']);
  await until(empty(queue), 'an empty queue');
});

it('a move that is asked for twice, as a client does that lost its connection, happens once', async () => {
  const kept: { claim: TakenClaim; lease: Lease }[] = [];
  const { queue } = await openOne();
  await queue.serve(
    runOf(async (claim, lease) => {
      if (lease.destination !== 'x.test') return lease.settle(claim, {}).then(() => undefined);
      kept.push({ claim, lease });
      await new Promise((resolve) => setTimeout(resolve, 500));
      return undefined;
    }),
    10,
  );
  await queue.accept(incoming(['a@x.test', 'b@x.test']));
  await until(() => kept.length === 1, 'a claim');
  const [{ claim, lease } = { claim: undefined, lease: undefined }] = kept;
  if (claim === undefined) throw new Error('no claim');
  const elsewhere = new Map([['y.test', [1]]]);
  const { stays: left } = await lease.move(claim, elsewhere);
  expect(left?.waiting.map(({ index }) => index)).toEqual([0]);
  await until(
    async () => (await listed(queue)).every(({ destination }) => destination === 'x.test'),
    'y.test',
  );
  expect(await lease.move(claim, elsewhere)).toEqual({ moved: false });
  expect((await listed(queue)).map(({ destination }) => destination)).toEqual(['x.test']);
  if (left === undefined) throw new Error('nothing left');
  expect(await lease.settle(left, {})).toBe('gone');
});

it('two tables that do not agree send a message back and forth once in a while, not all the time', async () => {
  // Whoever has it thinks that it belongs to the other.
  const { queue } = await openOne();
  let moves = 0;
  const run = runOf(async () => {});
  await queue.serve((lease) => {
    const other = lease.destination === 'x.test' ? 'y.test' : 'x.test';
    return run(
      rerouting(
        lease,
        () => other,
        () => void (moves += 1),
      ),
    );
  }, 10);
  await queue.accept(incoming(['a@x.test']));
  await until(() => moves > 0, 'a move');
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(moves).toBeLessThanOrEqual(2);
  expect(await listed(queue)).toHaveLength(1);
});

it('what was moved is part of an export', async () => {
  const { queue, redis } = await queueWith(
    new Map([['x.test', 'z.test']]),
    delivering([], () => true),
  );
  await queue.accept(incoming(['a@x.test']));
  await until(async () => (await listed(queue))[0]?.state === 'deferred', 'an attempt');
  const hand = new Redis({ path: redis.socketPath });
  try {
    const lines: DumpLine[] = [];
    for await (const line of exportQueue(hand, '{test}:', Date.now(), () => {})) lines.push(line);
    expect(lines[1]).toMatchObject({
      kind: 'message',
      message: { due: { 'z.test': expect.any(Number) as number } },
    });
  } finally {
    hand.disconnect();
  }
});

it('mail for a destination of any name is part of an export', async () => {
  const { queue, redis } = await openOne();
  const odd = ['__proto__', 'constructor', 'toString'];
  await queue.accept(incoming(odd.map((domain) => `a@${domain}`)));
  const hand = new Redis({ path: redis.socketPath });
  try {
    const lines: string[] = [];
    for await (const line of exportQueue(hand, '{test}:', Date.now(), () => {}))
      lines.push(encodeDumpLine(line));
    const told = JSON.parse(lines[1] ?? '') as { readonly due: object };
    expect(Object.keys(told.due).toSorted()).toEqual(odd);
  } finally {
    hand.disconnect();
  }
});

it('a message that was moved can be deleted', async () => {
  const { queue } = await queueWith(
    new Map([['x.test', 'z.test']]),
    delivering([], () => true),
  );
  const message = incoming(['a@x.test']);
  await queue.accept(message);
  await until(async () => (await listed(queue))[0]?.destination === 'z.test', 'the move');
  await until(async () => (await listed(queue))[0]?.state === 'deferred', 'an attempt');
  expect(await queue.act('delete', message.queueId)).toMatchObject({ result: 'done' });
  expect(await listed(queue)).toEqual([]);
});
