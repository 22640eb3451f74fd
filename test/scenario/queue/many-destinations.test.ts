import { describe, expect, it } from 'vitest';
import { until } from '../../lab/until.ts';
import type { Queue } from '../../../src/queue/open-queue.ts';
import { belongings } from '../../support/belongings.ts';
import { startPrivateRedis, type PrivateRedis } from '../../support/private-redis.ts';
import { incoming, queueFor, runOf } from './queue-kit.ts';

const keep = belongings();

const queueOn = (redis: PrivateRedis, now?: () => number): Promise<Queue> =>
  queueFor(keep, redis.socketPath, { ...(now && { now }) });

const number = async (redis: PrivateRedis, command: string, pattern: RegExp): Promise<number> =>
  Number(pattern.exec(await redis.command(command))?.[1]);

const outputOf = (redis: PrivateRedis): Promise<number> =>
  number(redis, 'INFO stats', /total_net_output_bytes:(\d+)/);

const many = (count: number): string[] => Array.from({ length: count }, (_, index) => `a@d${index}.test`);

describe('a message to very many destinations', () => {
  it('is read once for all of them, not once for each', async () => {
    const redis = keep(await startPrivateRedis());
    const queue = await queueOn(redis);
    const message = incoming(many(500));
    await queue.accept(message);
    const record = await number(redis, `HSTRLEN {test}:m:${message.queueId} record`, /:(\d+)/);
    expect(record).toBeGreaterThan(20_000);
    const before = await outputOf(redis);
    const seen = new Set<string>();
    await queue.serve(
      runOf(async (claim, lease) => {
        seen.add(claim.waiting.map(({ recipient }) => recipient.address).join());
        await lease.settle(claim, {});
      }),
      50,
    );
    await until(() => seen.size === 500, 'all of them');
    // Some hundred octets for each answer, not the list of all recipients with each.
    expect((await outputOf(redis)) - before).toBeLessThan(500 * 2_000 + 20 * record);
  });

  it('does not keep a message that comes after it waiting until all of them had their turn', async () => {
    const redis = keep(await startPrivateRedis());
    const queue = await queueOn(redis);
    const served: string[] = [];
    await queue.accept(incoming(many(300)));
    await queue.accept(incoming(['a@ordinary.test']));
    const alarms = async (): Promise<number> =>
      (await number(redis, 'ZCARD {test}:alarms:prioritized', /:(\d+)/)) +
      (await number(redis, 'LLEN {test}:alarms:wait', /:(\d+)/));
    await until(async () => (await alarms()) === 301, 'all alarms');
    await queue.serve(
      runOf(async (claim, lease) => {
        served.push(lease.destination);
        await lease.settle(claim, {});
      }),
      2,
    );
    await until(() => served.length === 301, 'all of them');
    expect(served.indexOf('ordinary.test')).toBeLessThan(5);
  });
});

describe('a message to very many destinations that has waited for long', () => {
  it('has its turn, however much comes after it', async () => {
    const redis = keep(await startPrivateRedis());
    let ahead = 0;
    const queue = await queueOn(redis, () => Date.now() + ahead);
    await queue.accept(incoming(many(60)));
    const waiting = async (): Promise<number> =>
      (await number(redis, 'ZCARD {test}:alarms:prioritized', /:(\d+)/)) || 0;
    await until(async () => (await waiting()) === 60, 'alarms that have time');
    ahead = 31_000;
    // While nothing comes to an end the sweeper looks all the same.
    let end = (): void => {};
    const ended = new Promise<{ postponeUntil: number }>((resolve) => {
      end = () => resolve({ postponeUntil: Date.now() + 3_600_000 });
    });
    await queue.serve(() => ended, 1);
    await until(async () => (await waiting()) === 0, 'none that has time any more');
    expect(await number(redis, 'LLEN {test}:alarms:wait', /:(\d+)/)).toBeGreaterThanOrEqual(58);
    end();
  });
});

describe('alarms that go off', () => {
  it('are taken as there is room for them, and the others are left to other processes', async () => {
    const redis = keep(await startPrivateRedis());
    const queue = await queueOn(redis);
    let served = 0;
    let most = 0;
    for (const address of many(40)) await queue.accept(incoming([address]));
    await queue.serve(
      runOf(async (claim, lease) => {
        most = Math.max(most, await number(redis, 'LLEN {test}:alarms:active', /:(\d+)/));
        await lease.settle(claim, {});
        served += 1;
      }),
      3,
      100,
    );
    await until(() => served === 40, 'all of them');
    // Runs that are just ending may still be there.
    expect(most).toBeLessThanOrEqual(8);
  });
});
