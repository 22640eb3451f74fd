import { describe, expect, it } from 'vitest';
import { until } from '../../lab/until.ts';
import type { Lease } from '../../../src/core/delivery/lease.ts';
import type { Outcome } from '../../../src/core/delivery/outcome.ts';
import type { LogEvent } from '../../../src/core/log/log-event.ts';
import { HELD } from '../../../src/queue/forms/keys.ts';
import type { TakenClaim } from '../../../src/queue/lease/claim.ts';
import { acts, type Queue } from '../../../src/queue/open-queue.ts';
import { belongings } from '../../support/belongings.ts';
import { startPrivateRedis, type PrivateRedis } from '../../support/private-redis.ts';
import { incoming, listed, queueFor, runOf } from './queue-kit.ts';

const keep = belongings();
const busy = { dsn: '4.4.1', reason: 'busy' };

interface Seen {
  readonly claim: TakenClaim;
  readonly lease: Lease<TakenClaim>;
}

interface World {
  readonly redis: PrivateRedis;
  readonly queue: Queue;
  /** What was handed out for delivery, in its order. */
  readonly seen: Seen[];
  readonly lines: readonly LogEvent[];
  /** IDs of messages whose deliveries are to end. */
  readonly settled: Set<string>;
  score(queueId: string, destination?: string): Promise<string>;
}

/** A queue whose deliveries end as `end` says; where it says nothing, they go on until the test settles them. */
async function world(end: (seen: Seen, nth: number) => Outcome | undefined): Promise<World> {
  const redis = keep(await startPrivateRedis());
  const lines: LogEvent[] = [];
  const queue = await queueFor(keep, redis.socketPath, { log: (event) => void lines.push(event) });
  const seen: Seen[] = [];
  let isOver = false;
  keep({ [Symbol.asyncDispose]: async () => void (isOver = true) });
  const settled = new Set<string>();
  await queue.serve(
    runOf(async (claim, lease) => {
      const one = { claim, lease };
      seen.push(one);
      const outcome = end(one, seen.length);
      if (outcome !== undefined) await lease.settle(claim, outcome);
      // A run ends its claims before it looks for more.
      else await until(() => isOver || settled.has(claim.message.queueId), 'the end of a delivery');
    }),
    10,
  );
  return {
    redis,
    queue,
    seen,
    lines,
    settled,
    score: async (queueId, destination = 'x.test') =>
      (await redis.command(`ZSCORE {test}:d:${destination} ${queueId}`)).split('\r\n')[1] ?? '',
  };
}

const later = (): Outcome => ({
  retry: { left: [0], attempts: 1, nextAt: Date.now() + 600_000, last: busy },
});
const soon = (): Outcome => ({ retry: { left: [0], attempts: 1, nextAt: Date.now(), last: busy } });
const told = (lines: readonly LogEvent[]): readonly string[] =>
  lines.filter(({ component }) => component === 'postsuper').map(({ text }) => text);

describe('hold', () => {
  it('of a message that only a newer relay can read does not keep the others from being mended', async () => {
    const redis = keep(await startPrivateRedis());
    const queue = await queueFor(keep, redis.socketPath);
    const [newer, lost] = [incoming(['a@x.test']), incoming(['b@z.test'])];
    for (const message of [newer, lost]) await queue.accept(message);
    await redis.command(`HSET {test}:m:${newer.queueId} record nothing-of-ours hold 1`);
    await redis.command(`SADD {test}:holding ${newer.queueId}`);
    await redis.command(`ZADD {test}:d:x.test ${HELD} ${newer.queueId}`);
    // A clock that was ahead has set it: the sweep makes it due.
    await redis.command(`ZADD {test}:d:z.test ${Date.now() + 400 * 86_400_000} ${lost.queueId}`);
    const seen: string[] = [];
    await queue.serve(
      runOf(async (claim, lease) => {
        seen.push(claim.message.queueId);
        await lease.settle(claim, {});
      }),
      10,
    );
    await until(() => seen.length > 0, 'what the sweep mends');
    expect(seen).toEqual([lost.queueId]);
    expect(await redis.command(`SISMEMBER {test}:holding ${newer.queueId}`)).toMatch(/^:1/);
    for (const act of acts)
      expect(await queue.act(act, newer.queueId)).toMatchObject({ result: 'unreadable' });
  });

  it('keeps what waits, whatever makes it due, until it is released; other mail goes', async () => {
    const { queue, seen, score, lines } = await world((_, nth) => (nth === 1 ? later() : {}));
    const message = incoming(['a@x.test']);
    const { queueId } = message;
    await queue.accept(message);
    await until(async () => (await listed(queue))[0]?.state === 'deferred', 'the deferral');
    expect(await queue.act('hold', queueId)).toEqual({
      queueId,
      act: 'hold',
      result: 'done',
      underWay: 0,
      held: 1,
    });
    expect(await queue.act('hold', queueId)).toMatchObject({ result: 'nothing' });
    expect(await listed(queue)).toMatchObject([{ queueId, state: 'hold', reason: 'busy' }]);
    expect((await listed(queue))[0]).not.toHaveProperty('nextAt');
    expect(await queue.flush()).toBe(0);
    expect(await queue.flushNamed([queueId, 'x.test'])).toMatchObject([
      { flushed: 0, due: 0, held: 1 },
      { flushed: 0, due: 0, held: 1 },
    ]);
    expect(await queue.act('retry', queueId)).toMatchObject({ result: 'nothing', held: 1 });
    await queue.accept(incoming(['b@x.test']));
    await until(() => seen.length === 2, 'other mail');
    // Nobody takes what is not due before HELD: a relay of before the hold does not either.
    expect(Number(await score(queueId))).toBe(HELD);

    expect(await queue.act('release', queueId)).toMatchObject({ result: 'done', held: 0 });
    await until(() => seen.length === 3, 'the release');
    expect(seen[2]?.claim).toMatchObject({ attempts: 1, message: { queueId } });
    await until(async () => (await listed(queue)).length === 0, 'its end');
    expect(await queue.act('release', queueId)).toMatchObject({ result: 'unknown' });
    await until(() => told(lines).length === 2, 'the log');
    expect(told(lines)).toEqual([`${queueId}: placed on hold`, `${queueId}: released from hold`]);
  });

  it('takes a delivery its right to the final dot, if it has not come to that', async () => {
    const { queue, seen, score } = await world((_, nth) => (nth === 1 ? undefined : {}));
    const message = incoming(['a@x.test']);
    const { queueId } = message;
    await queue.accept(message);
    await until(() => seen.length === 1, 'the delivery');
    expect(await queue.act('hold', queueId)).toMatchObject({ result: 'done', underWay: 0, held: 1 });
    const [first] = seen;
    if (first === undefined) throw new Error('no delivery');
    expect(await first.claim.intent([0]).record()).toBe(false);
    expect(await first.lease.settle(first.claim, {})).toBe('not ours');
    expect(Number(await score(queueId))).toBe(HELD);
    expect(await listed(queue)).toMatchObject([{ queueId, state: 'hold', attempts: 0 }]);
  });

  it('lets one go on that has come to it, and holds what that leaves', async () => {
    const { queue, seen, score, settled } = await world(() => undefined);
    const [kept, gone] = [incoming(['a@x.test']), incoming(['a@y.test'])];
    for (const message of [kept, gone]) await queue.accept(message);
    await until(() => seen.length === 2, 'the deliveries');
    for (const { claim } of seen) expect(await claim.intent([0]).record()).toBe(true);
    for (const { queueId } of [kept, gone])
      expect(await queue.act('hold', queueId)).toMatchObject({ result: 'done', underWay: 1, held: 0 });
    expect(await listed(queue)).toMatchObject([{ state: 'active' }, { state: 'active' }]);
    for (const { claim, lease } of seen)
      expect(await lease.settle(claim, claim.message.queueId === kept.queueId ? soon() : {})).toBe(
        claim.message.queueId === kept.queueId ? 'stays' : 'gone',
      );
    expect(await listed(queue)).toMatchObject([{ queueId: kept.queueId, state: 'hold', reason: 'busy' }]);
    // Who looks for what is due does not get it.
    settled.add(kept.queueId);
    await until(async () => Number(await score(kept.queueId)) === HELD, 'the hold');
    expect(seen).toHaveLength(2);
    expect(await queue.act('release', kept.queueId)).toMatchObject({ result: 'done' });
    await until(() => seen.length === 3, 'the release');
  });

  it('is kept where a relay of before the hold has set the next attempt', async () => {
    const redis = keep(await startPrivateRedis());
    const queue = await queueFor(keep, redis.socketPath);
    const message = incoming(['a@x.test']);
    const { queueId } = message;
    await queue.accept(message);
    // As such a relay does it: it claims the message, records its intent, and settles.
    await redis.command(`ZADD {test}:d:x.test 1000000000000007 ${queueId}`);
    await redis.command(`HSET {test}:m:${queueId} dot:x.test *`);
    expect(await queue.act('hold', queueId)).toMatchObject({ underWay: 1 });
    await redis.command(`HDEL {test}:m:${queueId} dot:x.test`);
    await redis.command(`ZADD {test}:d:x.test ${Date.now() + 300_000} ${queueId}`);
    const taken: string[] = [];
    const relay = await queueFor(keep, redis.socketPath);
    await relay.serve(
      runOf(async (claim) => {
        taken.push(claim.message.queueId);
      }),
      10,
    );
    await until(
      async () => (await redis.command(`ZSCORE {test}:d:x.test ${queueId}`)).includes(String(HELD)),
      'the sweep',
    );
    expect(await redis.command(`SISMEMBER {test}:holding ${queueId}`)).toBe(':0\r\n');
    expect(taken).toEqual([]);
  });

  it('holds the message wherever it waits', async () => {
    const { queue, seen } = await world(({ lease }) => (lease.destination === 'x.test' ? {} : later()));
    const message = incoming(['a@x.test', 'b@y.test', 'c@z.test']);
    await queue.accept(message);
    await until(async () => (await listed(queue)).every(({ state }) => state === 'deferred'), 'deferrals');
    await until(() => seen.length === 3, 'three deliveries');
    await until(async () => (await listed(queue)).length === 2, 'the settlement');
    expect(await queue.act('hold', message.queueId)).toMatchObject({ result: 'done', held: 2 });
    expect((await listed(queue)).map(({ state }) => state)).toEqual(['hold', 'hold']);
  });
});

describe('retry', () => {
  it('makes due what is deferred, and ends the suspension of its destinations', async () => {
    const { queue, seen, redis } = await world(() => later());
    const message = incoming(['a@x.test']);
    await queue.accept(message);
    await until(async () => (await listed(queue))[0]?.state === 'deferred', 'the deferral');
    const until_ = Date.now() + 600_000;
    await redis.command(`HSET {test}:suspended x.test {"since":1,"until":${until_},"cause":{}}`);
    expect(await queue.act('retry', message.queueId)).toMatchObject({ result: 'done' });
    expect(await redis.command('HEXISTS {test}:suspended x.test')).toBe(':0\r\n');
    await until(() => seen.length === 2, 'the attempt');
  });
});

describe('expire', () => {
  it('marks what is taken next, with the reason of the last attempt', async () => {
    const { queue, seen } = await world((_, nth) => (nth === 1 ? later() : {}));
    const message = incoming(['a@x.test']);
    await queue.accept(message);
    await until(async () => (await listed(queue))[0]?.state === 'deferred', 'the deferral');
    expect(await queue.act('expire', message.queueId)).toMatchObject({ result: 'done' });
    expect(await queue.act('expire', message.queueId)).toMatchObject({ result: 'nothing' });
    expect(await listed(queue)).toMatchObject([{ state: 'deferred', forceExpired: true }]);
    await queue.act('retry', message.queueId);
    await until(() => seen.length === 2, 'the attempt');
    expect(seen.map(({ claim }) => claim.forceExpired)).toEqual([undefined, { last: busy }]);
  });
});

describe('delete', () => {
  it('says when a delivery may have come to the final dot', async () => {
    const { queue, seen } = await world(() => undefined);
    const message = incoming(['a@x.test']);
    await queue.accept(message);
    await until(() => seen.length === 1, 'the delivery');
    await seen[0]?.claim.intent([0]).record();
    expect(await queue.act('delete', message.queueId)).toMatchObject({ result: 'done', underWay: 1 });
    expect(await listed(queue)).toEqual([]);
  });
});

describe('each act', () => {
  it('is on disk when it is done: a Redis that is killed then has it', async () => {
    const redis = keep(await startPrivateRedis());
    const queue = await queueFor(keep, redis.socketPath);
    const messages = new Map(acts.map((act) => [act, incoming(['a@x.test'])]));
    for (const [act, message] of messages) {
      await queue.accept(message);
      if (act !== 'hold' && act !== 'delete') await queue.act('hold', message.queueId);
    }
    for (const [act, { queueId }] of messages) await queue.act(act, queueId);
    await redis.restart();
    const found = await queueFor(keep, redis.socketPath);
    const states = new Map((await listed(found)).map((one) => [one.queueId, one]));
    const stateAfter = (act: (typeof acts)[number]) => states.get(messages.get(act)?.queueId ?? '');
    expect(stateAfter('hold')?.state).toBe('hold');
    expect(stateAfter('release')?.state).toBe('incoming');
    expect(stateAfter('requeue')?.state).toBe('incoming');
    expect(stateAfter('retry')?.state).toBe('hold');
    expect(stateAfter('expire')).toMatchObject({ state: 'hold', forceExpired: true });
    expect(stateAfter('delete')).toBeUndefined();
    expect(await redis.command('LLEN {test}:notes')).toBe(':9\r\n');
  });

  it('says that there is no such message', async () => {
    const redis = keep(await startPrivateRedis());
    const queue = await queueFor(keep, redis.socketPath);
    for (const act of acts) expect(await queue.act(act, '4nobody')).toMatchObject({ result: 'unknown' });
  });

  it('reads a message again whose recipients were moved meanwhile', async () => {
    const redis = keep(await startPrivateRedis());
    const queue = await queueFor(keep, redis.socketPath);
    const message = incoming(['a@x.test']);
    await queue.accept(message);
    const key = `{test}:m:${message.queueId}`;
    await redis.command(`HSET ${key} moved 5`);
    expect(await queue.act('hold', message.queueId)).toMatchObject({ result: 'done', held: 1 });
  });
});

it('notes that nobody takes are limited, and those that are lost are told of', async () => {
  const redis = keep(await startPrivateRedis());
  const queue = await queueFor(keep, redis.socketPath);
  const message = incoming(['a@x.test']);
  await queue.accept(message);
  await redis.command(`EVAL "for i = 1, 1000 do redis.call('RPUSH', '{test}:notes', 'x') end" 0`);
  await queue.act('hold', message.queueId);
  expect(await redis.command('LLEN {test}:notes')).toBe(':1000\r\n');
  await redis.command('DEL {test}:notes');
  const lines: LogEvent[] = [];
  const relay = await queueFor(keep, redis.socketPath, { log: (event) => void lines.push(event) });
  await relay.serve(
    runOf(async () => {}),
    1,
  );
  await until(() => told(lines).length > 0, 'the log');
  expect(told(lines)).toEqual([
    '1 acts of the operator are not in the log: there was no relay to write them',
  ]);
});

it('many acts wait for the log of a relay, and not for one that there is not', async () => {
  const redis = keep(await startPrivateRedis());
  const queue = await queueFor(keep, redis.socketPath);
  const looks = async (): Promise<number> =>
    Number(/cmdstat_llen:calls=(\d+)/.exec(await redis.command('INFO commandstats'))?.[1] ?? 0);
  await redis.command(
    `EVAL "for i = 1, 600 do redis.call('RPUSH', '{test}:notes', '{\\"queueId\\":\\"Q\\",\\"act\\":\\"deleted\\",\\"at\\":1}') end" 0`,
  );
  await queue.untilNoted();
  expect(await looks()).toBe(1);
  const lines: LogEvent[] = [];
  const relay = await queueFor(keep, redis.socketPath, { log: (event) => void lines.push(event) });
  await relay.serve(
    runOf(async () => {}),
    1,
  );
  await until(() => told(lines).length === 600, 'the log');
  await queue.untilNoted();
  expect(await looks()).toBe(2);
});
