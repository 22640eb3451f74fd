import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { until } from '../../lab/until.ts';
import type { LogEvent } from '../../../src/core/log/log-event.ts';
import { HELD } from '../../../src/queue/forms/keys.ts';
import type { Queue } from '../../../src/queue/open-queue.ts';
import { belongings } from '../../support/belongings.ts';
import { startPrivateRedis } from '../../support/private-redis.ts';
import { storeOptions } from '../../support/store-options.ts';
import { incoming, listed, queueFor, read, runOf } from './queue-kit.ts';

const keep = belongings();

/** A queue that nobody serves yet, and a hand in its Redis. */
async function world(soleUser = false) {
  const redis = keep(await startPrivateRedis());
  const hand = new Redis({ path: redis.socketPath });
  keep({ [Symbol.asyncDispose]: async () => hand.disconnect() });
  const lines: string[] = [];
  const delivered: string[] = [];

  async function open(): Promise<Queue> {
    const log = ({ text }: LogEvent): void => void lines.push(text);
    return queueFor(keep, redis.socketPath, { soleUser, log });
  }
  /** Starts to deliver; the sweeper goes through everything at once. */
  async function serve(queue: Queue): Promise<void> {
    await queue.serve(
      runOf(async (claim, lease) => {
        await read(claim);
        delivered.push(`${claim.message.queueId} ${lease.destination}`);
        await lease.settle(claim, {});
      }),
      10,
    );
  }
  async function messageIn(
    queue: Queue,
    to: readonly string[] = ['a@x.test'],
    content?: Buffer[],
  ): Promise<string> {
    const message = incoming(to, content);
    await queue.accept(message);
    return message.queueId;
  }
  return { hand, lines, delivered, open, serve, messageIn };
}

const key = (name: string): string => `{test}:${name}`;

describe('what should never be there is mended:', () => {
  it('a destination without mail that passes for awake, which would keep its next mail waiting', async () => {
    const { hand, delivered, open, serve, messageIn } = await world(true);
    // As a run leaves it that ends while it waits for new mail.
    await hand.sadd(key('dests'), 'x.test');
    await hand.hset(key('awake'), 'x.test', '1:0');
    const queue = await open();
    await serve(queue);
    await until(async () => (await hand.sismember(key('dests'), 'x.test')) === 0, 'the sweep');
    expect(await hand.hget(key('awake'), 'x.test')).toBeNull();
    const message = await messageIn(queue);
    await until(() => delivered.length === 1, 'the new mail');
    expect(delivered).toEqual([`${message} x.test`]);
  });

  it('an entry of a destination whose message is gone', async () => {
    const { hand, delivered, open, serve, messageIn } = await world();
    const queue = await open();
    const [gone, there] = [await messageIn(queue), await messageIn(queue)];
    await hand.del(key(`m:${gone}`));
    await serve(queue);
    await until(() => delivered.length === 1, 'the other message');
    expect(delivered).toEqual([`${there} x.test`]);
    await until(async () => (await hand.exists(key('d:x.test'))) === 0, 'the entry to be gone');
  });

  it('a message that no destination knows', async () => {
    const { hand, lines, delivered, open, serve, messageIn } = await world();
    const queue = await open();
    const id = await messageIn(queue, ['a@x.test', 'b@y.test']);
    await hand.del(key('d:x.test'), key('d:y.test'), key('dests'), key('awake'));
    await serve(queue);
    await until(() => delivered.length === 2, 'delivery');
    expect(delivered.toSorted()).toEqual([`${id} x.test`, `${id} y.test`]);
    expect(lines).toContain(`${id}: message that waited for nobody, due again`);
    await until(async () => (await hand.exists(key(`m:${id}`))) === 0, 'the message to be gone');
  });

  it('but not one that was moved from all its destinations to another', async () => {
    const { hand, lines, delivered, open, serve, messageIn } = await world();
    const queue = await open();
    const id = await messageIn(queue, ['a@x.test', 'b@y.test']);
    const progress = { left: [0, 1], attempts: 1, nextAt: Date.now() + 3_600_000, last };
    await hand.hset(key(`m:${id}`), 's:z.test', JSON.stringify(progress), 'left', 1);
    await hand.zrem(key('d:x.test'), id);
    await hand.zrem(key('d:y.test'), id);
    await hand.zadd(key('d:z.test'), progress.nextAt, id);
    await hand.sadd(key('dests'), 'z.test');
    await serve(queue);
    await until(async () => (await hand.scard(key('dests'))) === 1, 'the sweeper to have been everywhere');
    expect(lines.join('\n')).not.toContain('waited for nobody');
    // Lost there, it is due there, and nowhere else.
    await hand.del(key('d:z.test'), key('awake'));
    await serve(await open());
    await until(() => delivered.length === 1, 'delivery');
    await until(async () => (await hand.exists(key(`m:${id}`))) === 0, 'the message to be gone');
    expect(delivered).toEqual([`${id} z.test`]);
  });

  it('contents without a message, but not what is being written', async () => {
    const { hand, lines, open, serve } = await world();
    const queue = await open();
    await hand.rpush(key('b:4orphan'), 'piece');
    await hand.hset(key('m:4half'), 's:x.test', '{}');
    await hand.rpush(key('b:4coming'), 'piece');
    await hand.zadd(key('incoming'), Date.now(), '4coming');
    await serve(queue);
    await until(async () => (await hand.exists(key('m:4half'))) === 0, 'its end');
    await until(() => lines.includes('4half: content without a message removed'), 'the log to say so');
    // The envelope could be right behind it, so it is only listed at first.
    await until(async () => (await hand.zscore(key('incoming'), '4orphan')) !== null, 'a note of it');
    expect(await hand.exists(key('b:4orphan'), key('b:4coming'))).toBe(2);
    await hand.zadd(key('incoming'), 1.5, '4orphan');
    await serve(await open());
    await until(async () => (await hand.exists(key('b:4orphan'))) === 0, 'the end of the other');
    await until(() => lines.includes('4orphan: unfinished content removed'), 'the log to say so');
    expect(await hand.exists(key('b:4coming'))).toBe(1);
  });

  it('what a sole user was writing when it died', async () => {
    const { hand, open } = await world(true);
    await hand.rpush(key('b:4dead'), 'piece');
    await hand.zadd(key('incoming'), Date.now(), '4dead');
    await open();
    expect(await hand.exists(key('b:4dead'), key('incoming'))).toBe(0);
  });

  it('a destination that waits for a job which is not there', async () => {
    const { hand, delivered, open, serve, messageIn } = await world();
    const queue = await open();
    await messageIn(queue);
    for (const left of await hand.keys(key('alarms:*'))) await hand.del(left);
    await hand.hset(key('awake'), 'x.test', '99:0');
    await serve(queue);
    await until(() => delivered.length === 1, 'delivery');
  });

  it('a job for a destination that is not awake', async () => {
    const { hand, delivered, open, serve, messageIn } = await world();
    const queue = await open();
    await messageIn(queue);
    await hand.del(key('awake'));
    await messageIn(queue);
    await serve(queue);
    await until(() => delivered.length === 2, 'delivery, once each');
    await until(async () => (await hand.exists(key('d:x.test'))) === 0, 'nothing to be left');
    expect(new Set(delivered).size).toBe(2);
  });

  it('a claim of an owner that is dead', async () => {
    const { hand, delivered, open, serve, messageIn } = await world();
    const queue = await open();
    const id = await messageIn(queue);
    await hand.set(key('owner:x.test'), '1:dead', 'PX', 300);
    await hand.zadd(key('d:x.test'), 1e15 + 1, id);
    await serve(queue);
    await until(() => delivered.length === 1, 'delivery');
  });

  it('a destination nobody waits for', async () => {
    const { hand, open, serve, messageIn } = await world();
    const queue = await open();
    expect(await queue.act('delete', await messageIn(queue))).toMatchObject({ result: 'done' });
    expect(await hand.smembers(key('dests'))).toEqual(['x.test']);
    await serve(queue);
    await until(async () => (await hand.scard(key('dests'))) === 0, 'its end');
  });
});

describe('a clock that was two days ahead and is set back', () => {
  const twoDays = 2 * 86_400_000;

  it('keeps no mail waiting that it has put off, and no owner that is dead', async () => {
    const { hand, lines, delivered, open, serve, messageIn } = await world();
    const queue = await open();
    const [deferred, held] = [await messageIn(queue), await messageIn(queue)];
    const ahead = Date.now() + twoDays;
    await hand.zadd(key('d:x.test'), ahead, deferred, HELD, held);
    await hand.hset(key(`m:${held}`), 's:x.test', JSON.stringify(heldProgress));
    // Its alarm sleeps as long, and a process that was killed has left its lease.
    await hand.hset(key('awake'), 'x.test', `1:${ahead}`);
    const job = { name: 'wake', data: '{"destination":"x.test"}', opts: '{}', timestamp: '1', delay: '1' };
    await hand.hset(key('alarms:a1'), job);
    await hand.zadd(key('alarms:delayed'), ahead * 4096, 'a1');
    await hand.set(key('owner:x.test'), '1:dead', 'PX', twoDays);
    await serve(queue);
    await until(
      async () => (await hand.pttl(key('owner:x.test'))) <= 6_000,
      'the lease to be as long as it may be',
    );
    await hand.pexpire(key('owner:x.test'), 1);
    await queue.stopServing();
    await serve(await open());
    await until(() => delivered.length === 1, 'delivery');
    expect(delivered).toEqual([`${deferred} x.test`]);
    expect(lines).toContain(
      '1 deliveries to x.test were due later than they can be, as after a clock is set back: they are due now',
    );
    expect(await hand.zscore(key('d:x.test'), held)).toBe(String(HELD));
  });

  it('keeps nobody from mail that is due as late as it can be', async () => {
    const { hand, lines, delivered, open, serve, messageIn } = await world();
    const queue = await open();
    const id = await messageIn(queue);
    const late = Date.now() + storeOptions.longestWaitMs;
    await hand.zadd(key('d:x.test'), late, id);
    await hand.del(key('awake'));
    await serve(queue);
    const other = await messageIn(queue, ['b@y.test']);
    await until(() => delivered.length === 1, 'other mail');
    expect(delivered).toEqual([`${other} y.test`]);
    expect(lines.join('\n')).not.toContain('clock');
    expect(await hand.zscore(key('d:x.test'), id)).toBe(String(late));
  });
});

describe('the sweeper', () => {
  it('sets no alarm for what is held', async () => {
    const { hand, delivered, open, serve, messageIn } = await world();
    const queue = await open();
    const id = await messageIn(queue);
    await hand.zadd(key('d:x.test'), HELD, id);
    await hand.hset(key(`m:${id}`), 's:x.test', JSON.stringify(heldProgress));
    await hand.del(key('awake'));
    for (const left of await hand.keys(key('alarms:*'))) await hand.del(left);
    await serve(queue);
    const other = await messageIn(queue, ['b@y.test']);
    await until(() => delivered.length === 1, 'other mail');
    expect(delivered).toEqual([`${other} y.test`]);
    expect(await hand.hexists(key('awake'), 'x.test')).toBe(0);
    expect(await listed(queue)).toMatchObject([{ queueId: id, state: 'held' }]);
  });
});

const last = { dsn: '4.4.2', reason: 'lost' };
const heldProgress = { left: [], attempts: 1, nextAt: HELD, last, held: { left: [0], last } };

describe('a message whose recipients were moved to another next hop', () => {
  it('is known to that one, and left alone', async () => {
    const { hand, lines, delivered, open, serve, messageIn } = await world();
    const queue = await open();
    const queueId = await messageIn(queue);
    const progress = JSON.stringify({ left: [0], attempts: 0, nextAt: 0 });
    await hand.zrem('{test}:d:x.test', queueId);
    await hand.zadd('{test}:d:z.test', Date.now() + 60_000, queueId);
    await hand.sadd('{test}:dests', 'z.test');
    await hand.hset(`{test}:m:${queueId}`, 's:z.test', progress);
    const other = await messageIn(queue, ['b@y.test']);
    await serve(queue);
    await until(() => delivered.length > 0, 'the other one');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(delivered).toEqual([`${other} y.test`]);
    expect(lines).toEqual([]);
    expect(await listed(queue)).toMatchObject([{ destination: 'z.test', recipients: ['a@x.test'] }]);
  });
});
