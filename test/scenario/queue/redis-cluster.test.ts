import { Cluster, Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../lab/until.ts';
import { openStore } from '../../../src/queue/open-store.ts';
import { keyBase } from '../../../src/queue/forms/keys.ts';
import { openQueueStore } from '../../../src/queue/store/queue-store.ts';
import { belongings } from '../../support/belongings.ts';
import { startPrivateRedis } from '../../support/private-redis.ts';
import {
  clusterObstacle,
  startRedisCluster,
  type ClusterNode,
  type RedisCluster,
} from '../../support/redis-cluster.ts';
import { scriptInputs } from '../../support/script-inputs.ts';
import { unless } from '../../support/unless.ts';
import { incoming, listed, queueFor, read, runOf } from './queue-kit.ts';

const keep = belongings();
let cluster: RedisCluster;

/** Prefixes whose keys lie on the first and on the second node: slots 6918 and 15495. */
const prefixes = ['test', 'a'] as const;

/** How often a node was asked to run a script, whatever became of it. */
async function scriptCalls(node: ClusterNode): Promise<number> {
  const stats = await node.command('INFO commandstats');
  const rows = stats.matchAll(/cmdstat_eval(?:sha)?:calls=(\d+).*rejected_calls=(\d+)/g);
  return [...rows].reduce((sum, [, calls, rejected]) => sum + Number(calls) + Number(rejected), 0);
}

async function answers(node: ClusterNode): Promise<string> {
  const stats = await node.command('INFO errorstats');
  return [...stats.matchAll(/errorstat_(\w+)/g)].map(([, name]) => name).join();
}

unless(clusterObstacle(), describe)('a Redis Cluster', () => {
  beforeAll(async () => {
    cluster = await startRedisCluster();
  });
  afterAll(() => cluster?.[Symbol.asyncDispose]());

  describe.each([
    { prefix: prefixes[0], home: 0 as const },
    { prefix: prefixes[1], home: 1 as const },
  ])('with the keys of $prefix on node $home', ({ prefix, home }) => {
    it.each(Object.keys(scriptInputs) as (keyof typeof scriptInputs)[])(
      'is asked for %s where they are',
      async (name) => {
        const port = cluster.nodes[0].port;
        const client = new Cluster([{ host: '127.0.0.1', port }], { enableReadyCheck: true });
        keep({ [Symbol.asyncDispose]: async () => client.disconnect() });
        const store = openQueueStore(client as unknown as Redis, keyBase(prefix));
        const other = cluster.nodes[1 - home];
        if (other === undefined) throw new Error('no other node');
        for (const node of cluster.nodes) await node.command('FLUSHALL');
        const before = await scriptCalls(other);
        const call = store[name] as (input: unknown) => Promise<unknown>;
        // A call without a key goes to either of them, as it happens.
        for (let time = 0; time < 10; time += 1) {
          await call(scriptInputs[name]).catch((error: unknown) => {
            // The one who asks for what is there already is told so by the script itself.
            expect(String(error)).toMatch(/DUPLICATE queue id/);
          });
        }
        expect((await scriptCalls(other)) - before).toBe(0);
      },
    );

    it('has all of the queue there: nothing that the relay does spans two nodes', async () => {
      const node = cluster.nodes[home];
      for (const node of cluster.nodes) await node.command('FLUSHALL');
      await node.command('CONFIG RESETSTAT');
      const address = `redis://127.0.0.1:${node.port}`;
      const queue = await queueFor(keep, address, { prefix, soleUser: true });
      const large = Array.from({ length: 8 }, () => Buffer.alloc(64 * 1024, 'x'));
      const held = incoming(['a@x.test', 'b@y.test']);
      await queue.accept(held);
      const sizes = new Map<string, number>();
      const seen: string[] = [];
      await queue.serve(
        runOf(async (claim, lease) => {
          const { queueId } = claim.message;
          seen.push(queueId);
          sizes.set(queueId, (await read(claim)).length);
          await claim.intent([0]).record();
          const last = { dsn: '4.4.1', reason: 'busy' };
          const retry = { left: [0], attempts: 1, nextAt: Date.now() + 3_600_000, last };
          await lease.site.await(queueId, Date.now());
          if (lease.destination === 'x.test' && queueId === held.queueId) {
            await lease.move(claim, new Map([['z.test', [0]]]));
          } else await lease.settle(claim, lease.destination === 'large.test' ? {} : { retry });
        }),
        10,
      );
      const second = incoming(['c@large.test'], large);
      await queue.accept(second);
      await until(() => sizes.has(second.queueId), 'the large one');
      await until(
        async () => (await listed(queue)).filter(({ state }) => state === 'deferred').length === 2,
        'deferred',
      );
      expect(sizes.get(second.queueId)).toBe(8 * 64 * 1024);
      expect(await queue.flush()).toBeGreaterThan(0);
      expect(await queue.flushNamed(['y.test', held.queueId])).toHaveLength(2);

      const store = await openStore(address, { prefix, allowUnsafe: false });
      const dump: Buffer[] = [];
      for await (const line of store.export(() => {})) dump.push(Buffer.from(line));
      await until(
        async () => (await listed(queue)).every(({ state }) => state === 'deferred'),
        'deferred again',
      );
      expect(await queue.act('delete', held.queueId)).toMatchObject({ result: 'done' });
      async function* lines(): AsyncGenerator<Buffer> {
        yield* dump;
      }
      expect(await store.import(lines())).toEqual({ imported: 1, known: 0 });
      store.close();
      expect(await answers(node)).not.toMatch(/MOVED|ASK|CROSSSLOT/);
      expect((await listed(queue)).map(({ destination }) => destination)).toEqual(['y.test', 'z.test']);
    });
  });
});

describe('a Redis that forgets its scripts', () => {
  it('is told them again by whoever calls one', async () => {
    const redis = keep(await startPrivateRedis());
    const client = new Redis(redis.socketPath);
    keep({ [Symbol.asyncDispose]: async () => client.disconnect() });
    const store = openQueueStore(client, keyBase('test'));
    const calls = async (): Promise<readonly number[]> => {
      const stats = await redis.command('INFO commandstats');
      return ['eval', 'evalsha'].map((name) =>
        Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(stats)?.[1] ?? 0),
      );
    };
    for (let job = 1; job <= 5; job += 1) {
      expect(await store.rewake({ destination: 'x.test', at: 0 })).toBe(String(job));
    }
    expect(await calls()).toEqual([1, 4]);
    await redis.command('SCRIPT FLUSH');
    for (let job = 6; job <= 8; job += 1) {
      expect(await store.rewake({ destination: 'x.test', at: 0 })).toBe(String(job));
    }
    expect(await calls()).toEqual([2, 7]);
    await redis.restart();
    expect(await store.rewake({ destination: 'x.test', at: 0 })).toBe('9');
  });
});
