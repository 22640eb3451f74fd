import { describe, expect, it } from 'vitest';
import { until } from '../../lab/until.ts';
import type { LogEvent } from '../../../src/core/log/log-event.ts';
import { openQueue, type Queue } from '../../../src/queue/open-queue.ts';
import { QueueError } from '../../../src/queue/redis/queue-error.ts';
import { belongings } from '../../support/belongings.ts';
import { startPrivateRedis, type PrivateRedis } from '../../support/private-redis.ts';
import { storeOptions } from '../../support/store-options.ts';
import { incoming, listed, read, runOf } from './queue-kit.ts';

const keep = belongings();
const lines: LogEvent[] = [];

async function queueOn(redis: PrivateRedis, soleUser = true, allowUnsafe = false): Promise<Queue> {
  const address = redis.socketPath;
  const options = { address, prefix: 'test', allowUnsafe, soleUser, ...storeOptions };
  const queue = await openQueue(options, { now: Date.now, log: (event) => lines.push(event) });
  let closed = false;
  keep({
    async [Symbol.asyncDispose]() {
      if (closed) return;
      closed = true;
      await queue.stopServing();
      await queue.close();
    },
  });
  return queue;
}

describe('the queue', () => {
  it('brings a message to each of its destinations and forgets it afterwards', async () => {
    const redis = keep(await startPrivateRedis());
    const queue = await queueOn(redis);
    const seen: string[] = [];
    const gone: string[] = [];
    await queue.serve(
      runOf(async (claim, lease) => {
        seen.push(`${lease.destination}:${claim.waiting.map(({ recipient }) => recipient.address).join()}`);
        gone.push(await lease.settle(claim, {}));
      }),
      10,
    );
    await queue.accept(incoming(['a@x.test', 'b@y.test', 'c@x.test']));
    await until(() => gone.length === 2, 'both destinations');
    expect(seen.sort()).toEqual(['x.test:a@x.test,c@x.test', 'y.test:b@y.test']);
    expect(gone.toSorted()).toEqual(['gone', 'stays']);
    expect(await listed(queue)).toEqual([]);
  });

  it('delivers mail that comes while a run is working, lingering, ending or over', async () => {
    const redis = keep(await startPrivateRedis());
    const queue = await queueOn(redis);
    let settled = 0;
    await queue.serve(
      runOf(async (claim, lease) => {
        await lease.settle(claim, {});
        settled += 1;
      }),
      10,
    );
    // The gaps sweep over the linger time of 50 ms, so that some mail meets a run at its very end.
    for (let index = 0; index < 60; index += 1) {
      await queue.accept(incoming(['a@x.test']));
      await new Promise((resolve) => setTimeout(resolve, 30 + index));
    }
    await until(() => settled === 60, 'all sixty');
  });

  it('tries a deferred message again when it is due, not before, and new mail at once', async () => {
    const redis = keep(await startPrivateRedis());
    const queue = await queueOn(redis);
    const attempts: { id: string; attempt: number; at: number }[] = [];
    await queue.serve(
      runOf(async (claim, lease) => {
        attempts.push({ id: claim.message.queueId, attempt: claim.attempts, at: Date.now() });
        const first = claim.attempts === 0 && attempts.length === 1;
        const retry = {
          left: [0],
          attempts: 1,
          nextAt: Date.now() + 1500,
          last: { dsn: '4.4.1', reason: 'busy' },
        };
        await lease.settle(claim, first ? { retry } : {});
      }),
      10,
    );
    await queue.accept(incoming(['a@x.test']));
    await until(() => attempts.length === 1, 'first attempt');
    await until(async () => (await listed(queue))[0]?.state === 'deferred', 'deferral');
    expect(await listed(queue)).toMatchObject([
      { attempts: 1, dsn: '4.4.1', reason: 'busy', recipients: ['a@x.test'] },
    ]);
    await new Promise((resolve) => setTimeout(resolve, 300)); // The alarm sleeps now.
    const fresh = incoming(['b@x.test']);
    await queue.accept(fresh);
    await until(() => attempts.length === 2, 'new mail');
    expect(attempts[1]?.id).toBe(fresh.queueId);
    await until(() => attempts.length === 3, 'retry');
    expect((attempts[2]?.at ?? 0) - (attempts[0]?.at ?? 0)).toBeGreaterThanOrEqual(1490);
  });

  it('makes deferred mail due with flush', async () => {
    const redis = keep(await startPrivateRedis());
    const queue = await queueOn(redis);
    let attempts = 0;
    await queue.serve(
      runOf(async (claim, lease) => {
        attempts += 1;
        const retry = {
          left: [0],
          attempts,
          nextAt: Date.now() + 3_600_000,
          last: { dsn: '4.4.1', reason: 'busy' },
        };
        await lease.settle(claim, attempts === 1 ? { retry } : {});
      }),
      10,
    );
    await queue.accept(incoming(['a@x.test']));
    await until(async () => (await listed(queue))[0]?.state === 'deferred', 'deferral');
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await queue.flush()).toBe(1);
    await until(() => attempts === 2, 'second attempt');
  });

  it('writes the report to the sender together with the verdict, once', async () => {
    const redis = keep(await startPrivateRedis());
    const queue = await queueOn(redis);
    const delivered: string[] = [];
    await queue.serve(
      runOf(async (claim, lease) => {
        const { message } = claim;
        delivered.push(`${lease.destination}:${(await read(claim)).toString()}`);
        if (lease.destination !== 'x.test') return void (await lease.settle(claim, {}));
        const report = {
          message: {
            ...message,
            queueId: `${message.queueId}b`,
            envelope: { ...message.envelope, sender: '' },
          },
          content: Buffer.from('report'),
          destination: 'example.org',
        };
        await lease.settle(claim, { reports: [report] });
        await lease.settle(claim, { reports: [report] }); // As a lost connection would repeat it.
      }),
      10,
    );
    await queue.accept(incoming(['a@x.test'], [Buffer.from('original')]));
    await until(() => delivered.length === 2, 'the report');
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(delivered).toEqual(['x.test:original', 'example.org:report']);
    expect(await listed(queue)).toEqual([]);
  });

  it('gives large content back byte by byte the same, and holds it in pieces', async () => {
    const redis = keep(await startPrivateRedis());
    const queue = await queueOn(redis);
    const content = Array.from({ length: 40 }, (_, index) => Buffer.alloc(50_000, index));
    let came: Buffer | undefined;
    await queue.serve(
      runOf(async (claim, lease) => {
        came = await read(claim);
        await lease.settle(claim, {});
      }),
      10,
    );
    await queue.accept(incoming(['a@x.test'], content));
    await until(() => came !== undefined, 'delivery');
    expect(came?.equals(Buffer.concat(content))).toBe(true);
  });

  it('keeps nothing of a message whose content breaks off', async () => {
    const redis = keep(await startPrivateRedis());
    const queue = await queueOn(redis);
    const broken = incoming(['a@x.test']);
    async function* content(): AsyncGenerator<Buffer> {
      yield Buffer.alloc(600_000, 1);
      throw new Error('client went away');
    }
    await expect(queue.accept({ ...broken, content: content() })).rejects.toThrow('client went away');
    expect(await listed(queue)).toEqual([]);
  });

  it('fails at once while Redis is away and goes on when it is back, with nothing lost', async () => {
    const redis = keep(await startPrivateRedis());
    const queue = await queueOn(redis);
    let hold = true;
    let settled = 0;
    await queue.serve(async (lease) => {
      if (hold) return { postponeUntil: Date.now() + 300 };
      return runOf(async (claim) => {
        if (await lease.settle(claim, {})) settled += 1;
      })(lease);
    }, 10);
    await queue.accept(incoming(['a@x.test']));
    await redis.kill();
    await expect(queue.accept(incoming(['b@x.test']))).rejects.toBeInstanceOf(QueueError);
    hold = false;
    await redis.restart();
    await until(() => settled === 1, 'delivery after the outage');
  });

  it('takes nothing more when Redis is full, and still lets out what it has', async () => {
    const redis = keep(await startPrivateRedis());
    const queue = await queueOn(redis);
    let hold = true;
    let settled = 0;
    await queue.serve(async (lease) => {
      if (hold) return { postponeUntil: Date.now() + 200 };
      return runOf(async (claim) => {
        if (await lease.settle(claim, {})) settled += 1;
      })(lease);
    }, 10);
    await queue.accept(incoming(['a@x.test']));
    await redis.command('CONFIG SET maxmemory 1'); // Less than it takes to exist.
    await expect(queue.accept(incoming(['b@x.test']))).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    hold = false;
    await redis.command('CONFIG SET maxmemory 0'); // BullMQ's own scripts cannot run in a full Redis.
    await until(() => settled === 1, 'delivery');
  });

  it('tries a claim again whose outcome could not be stored', async () => {
    const redis = keep(await startPrivateRedis());
    const queue = await queueOn(redis);
    let claims = 0;
    await queue.serve(
      runOf(async () => {
        claims += 1; // And no settlement.
      }),
      10,
    );
    await queue.accept(incoming(['a@x.test']));
    await until(() => claims === 1, 'claim');
    await until(async () => (await listed(queue))[0]?.nextAt !== undefined, 'end of the run');
    const [delivery] = await listed(queue);
    expect(delivery?.nextAt).toBeLessThan(Date.now() + 31_000);
    expect(await queue.flush()).toBe(1);
    await until(() => claims === 2, 'second claim');
  });

  it('refuses a Redis that can lose mail, and says why', async () => {
    const redis = keep(await startPrivateRedis({ appendfsync: 'everysec' }));
    await expect(queueOn(redis)).rejects.toThrow(/appendfsync is "everysec", wanted "always"/);
    await queueOn(redis, true, true);
  });
});
