import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { until } from '../../lab/until.ts';
import type { Lease } from '../../../src/core/delivery/lease.ts';
import type { Queue } from '../../../src/queue/open-queue.ts';
import { belongings } from '../../support/belongings.ts';
import { startPrivateRedis, type PrivateRedis } from '../../support/private-redis.ts';
import { incoming, listed, queueFor, runOf } from './queue-kit.ts';

const keep = belongings();
const hour = 3_600_000;

const queueOn = (redis: PrivateRedis, now?: () => number): Promise<Queue> =>
  queueFor(keep, redis.socketPath, { ...(now && { now }) });

const suspension = (until: number) => ({
  since: Date.now(),
  until,
  cause: { dsn: '4.4.1', reason: 'connect to mx: Connection refused' },
});

/** Serves one destination with `first`, once; whatever comes later waits. */
async function servedOnce(queue: Queue, first: (lease: Lease) => Promise<void>): Promise<void> {
  let done = false;
  let failure: unknown;
  await queue.serve(async (lease) => {
    if (!done) await first(lease).catch((error: unknown) => (failure = error));
    done = true;
    return { postponeUntil: Date.now() + hour };
  }, 10);
  await until(() => done, 'the run');
  if (failure !== undefined) throw failure as Error;
}

/** Claims everything and defers it for an hour. */
async function deferAll(lease: Lease, because: (nth: number) => number | undefined): Promise<string[]> {
  const claims = await lease.take(100);
  if (claims === 'lost') throw new Error('the lease is lost');
  for (const [nth, claim] of claims.entries()) {
    const last = { dsn: '4.4.1', reason: 'r' };
    await lease.settle(claim, { retry: { left: [0], attempts: 1, nextAt: Date.now() + hour, last } });
    const since = because(nth);
    if (since !== undefined) await lease.site.await(claim.message.queueId, since);
  }
  return claims.map(({ message }) => message.queueId);
}

describe('the suspension of a destination', () => {
  it('outlives the run, is shown with what waits, counts, and ends with a flush', async () => {
    const redis = keep(await startPrivateRedis());
    const queue = await queueOn(redis);
    await queue.accept(incoming(['a@x.test']));
    const end = Date.now() + hour;
    await servedOnce(queue, async (lease) => {
      await deferAll(lease, () => undefined);
      expect(await lease.site.suspension()).toBeUndefined();
      await lease.site.suspend(suspension(end));
    });
    const other = await queueOn(redis);
    expect(await other.suspended()).toBe(1);
    expect(await listed(other)).toMatchObject([{ destination: 'x.test', suspendedUntil: end }]);
    await other.flush();
    expect(await other.suspended()).toBe(0);
    expect((await listed(other))[0]?.suspendedUntil).toBeUndefined();
  });

  it('is over when its time is, and forgotten once nothing waits for the destination', async () => {
    const redis = keep(await startPrivateRedis());
    const queue = await queueOn(redis);
    await queue.accept(incoming(['a@x.test']));
    await servedOnce(queue, async (lease) => {
      await deferAll(lease, () => Date.now());
      await lease.site.suspend(suspension(Date.now() - 1));
      expect(await lease.site.suspension()).toBeDefined();
      // A start of another process sweeps.
      await (await queueOn(redis)).serve(async () => ({ postponeUntil: Date.now() + hour }), 1);
      await sleep(300);
      expect(await lease.site.suspension()).toBeDefined();
      expect(await lease.site.makeDue(10, hour)).toBe(1);
      await (await queueOn(redis)).serve(async () => ({ postponeUntil: Date.now() + hour }), 1);
      await until(async () => (await lease.site.suspension()) === undefined, 'the sweep');
    });
    expect(await queue.suspended()).toBe(0);
  });

  it('is not written down by a run that lost the destination', async () => {
    const redis = keep(await startPrivateRedis());
    const queue = await queueOn(redis);
    await queue.accept(incoming(['a@x.test']));
    await servedOnce(queue, async (lease) => {
      await redis.command('DEL {test}:owner:x.test');
      await lease.site.suspend(suspension(Date.now() + hour));
      expect(await lease.site.suspension()).toBeUndefined();
    });
  });
});

describe('mail that waits for the destination', () => {
  it('is hastened, longest waiting first, once its last attempt is long enough ago; other mail is not', async () => {
    const redis = keep(await startPrivateRedis());
    const queue = await queueOn(redis);
    for (let nth = 0; nth < 5; nth += 1) await queue.accept(incoming(['a@x.test']));
    const now = Date.now();
    await servedOnce(queue, async (lease) => {
      const since = [now - 400_000, now - 500_000, now - 100_000, undefined, now - 600_000];
      const ids = await deferAll(lease, (nth) => since[nth]);
      const dueIn = async (): Promise<readonly number[]> => {
        const all = await listed(queue);
        return ids.map((id) => (all.find(({ queueId }) => queueId === id)?.nextAt ?? 0) - now);
      };
      expect(await lease.site.makeDue(2, 300_000)).toBe(2);
      expect((await dueIn()).map((ms) => ms < 60_000)).toEqual([false, true, false, false, true]);
      expect(await lease.site.makeDue(9, 300_000)).toBe(2);
      const due = await dueIn();
      expect(due.map((ms) => ms < 60_000)).toEqual([true, true, false, false, true]);
      expect(due[2]).toBe(200_000);
      expect(due[3]).toBeGreaterThan(hour - 60_000);
      expect(await lease.site.makeDue(9, 300_000)).toBe(0);
    });
  });

  it('is left alone while it is being delivered, and when it waits for itself again', async () => {
    const redis = keep(await startPrivateRedis());
    const queue = await queueOn(redis);
    await queue.accept(incoming(['a@x.test']));
    await queue.accept(incoming(['a@x.test']));
    await servedOnce(queue, async (lease) => {
      const claims = await lease.take(2);
      if (claims === 'lost') throw new Error('the lease is lost');
      const [one, two] = claims.map(({ message }) => message.queueId);
      await lease.site.await(one ?? '', 1);
      await lease.site.await(two ?? '', 1);
      await lease.site.stopWaiting(two ?? '');
      expect(await lease.site.makeDue(9, 0)).toBe(1);
      expect((await listed(queue)).map(({ state }) => state)).toEqual(['active', 'active']);
    });
  });
});

describe('a destination that several processes could serve', () => {
  it('is served by one at a time, so that its limit holds for all of them', async () => {
    const redis = keep(await startPrivateRedis());
    const queues = [await queueOn(redis), await queueOn(redis), await queueOn(redis)];
    let [runs, most, settled] = [0, 0, 0];
    const served = new Set<number>();
    for (const [index, queue] of queues.entries()) {
      const run = runOf(async (claim, lease) => {
        served.add(index);
        await lease.settle(claim, {});
        settled += 1;
      });
      await queue.serve(async (lease) => {
        runs += 1;
        most = Math.max(most, runs);
        await run(lease);
        runs -= 1;
        return undefined;
      }, 10);
    }
    for (let nth = 0; nth < 60; nth += 1) {
      await queues[nth % 3]?.accept(incoming(['a@x.test']));
      // Now and then long enough for a run to end and another process to be the next owner.
      await sleep(nth % 10 === 0 ? 150 : 5);
    }
    await until(() => settled === 60, 'all of them');
    expect(most).toBe(1);
    expect(served.size).toBeGreaterThan(0);
  });
});

describe('destinations that cannot be served now', () => {
  it('do not all look again in one moment', async () => {
    const redis = keep(await startPrivateRedis());
    const queue = await queueOn(redis);
    const wish = Date.now() + hour;
    await queue.serve(async () => ({ postponeUntil: wish }), 50);
    await queue.accept(incoming(Array.from({ length: 30 }, (_, nth) => `a@d${nth}.test`)));
    const untils = async (): Promise<number[]> => {
      const reply = await redis.command('HVALS {test}:awake');
      return [...reply.matchAll(/^\d+:(\d+)/gm)].map(([, until]) => Number(until)).toSorted((a, b) => a - b);
    };
    await until(async () => (await untils()).filter((at) => at >= wish).length === 30, 'all asleep');
    expect((await untils()).map((at) => at - wish)).toEqual(
      Array.from({ length: 30 }, (_, nth) => 20 * (nth + 1)),
    );
  });

  it('are not taken for forgotten by the sweeper, whose alarms would pile up', async () => {
    const redis = keep(await startPrivateRedis());
    const queue = await queueOn(redis);
    let runs = 0;
    await queue.serve(async () => {
      runs += 1;
      return { postponeUntil: Date.now() + 50_000 };
    }, 10);
    await queue.accept(incoming(['a@x.test']));
    const alarms = async (): Promise<string> => redis.command('ZCARD {test}:alarms:delayed');
    await until(async () => (await alarms()) === ':1\r\n', 'a sleeping alarm');
    // Its mail has been due for longer than anything should be overdue.
    const later = await queueOn(redis, () => Date.now() + 40_000);
    await later.serve(async () => {
      runs += 1;
      return undefined;
    }, 10);
    await sleep(500);
    expect(runs).toBe(1);
    expect(await alarms()).toBe(':1\r\n');
  });
});
