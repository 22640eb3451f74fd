import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { freePort } from '../../../src/children/free-port.ts';
import { replicaCounter } from '../../../src/queue/redis/replicas.ts';
import { until } from '../../lab/until.ts';
import { belongings } from '../../support/belongings.ts';
import { startPrivateRedis, type PrivateRedis } from '../../support/private-redis.ts';
import { storeOptions } from '../../support/store-options.ts';
import { incoming, listed, queueFor, runOf } from './queue-kit.ts';

const keep = belongings();

interface Pair {
  readonly master: PrivateRedis;
  readonly replica: PrivateRedis;
}

/** A master and a replica that follows it. */
async function pair(): Promise<Pair> {
  const port = await freePort('127.0.0.1');
  const tcp = { bind: '127.0.0.1', 'repl-diskless-sync-delay': '0' };
  const master = keep(await startPrivateRedis({ ...tcp, port: String(port) }));
  const replica = keep(await startPrivateRedis({ replicaof: `127.0.0.1 ${port}` }));
  const asking = new Redis(master.socketPath);
  keep({ [Symbol.asyncDispose]: async () => asking.disconnect() });
  const count = replicaCounter(asking);
  // One that has just joined writes its append-only file anew first, and cannot tell of its disk meanwhile.
  await until(async () => {
    await asking.set('joined', '');
    return (await count(1, 100)) === 1;
  }, 'a replica');
  return { master, replica };
}

/** Time enough for a busy machine. */
const patient = { marks: { ...storeOptions.marks, minReplicas: 1 }, replicaTimeoutMs: 4_000 };
/** For replicas that are stopped. */
const wanting = { marks: { ...storeOptions.marks, minReplicas: 1 }, replicaTimeoutMs: 1_500 };

/** How often Redis was asked to wait for replicas. */
async function waits(redis: PrivateRedis): Promise<number> {
  const stats = await redis.command('INFO commandstats');
  return [...stats.matchAll(/cmdstat_wait(?:aof)?:calls=(\d+)/g)].reduce(
    (sum, [, calls]) => sum + Number(calls),
    0,
  );
}

describe('with queue.min_replicas', () => {
  it('a message is on the replica when it is accepted, and delivered once', async () => {
    const { master, replica } = await pair();
    const queue = await queueFor(keep, master.socketPath, patient);
    const seen: string[] = [];
    await queue.serve(
      runOf(async (claim, lease) => {
        seen.push(claim.message.queueId);
        await lease.settle(claim, {});
      }),
      10,
    );
    const before = await waits(master);
    const messages = Array.from({ length: 40 }, (_, index) => incoming([`a@d${index % 4}.test`]));
    await Promise.all(
      messages.map(async (message) => {
        await queue.accept(message);
        // Gone already if it was delivered; then the replica has seen that too, or will.
        const there = await replica.command(`EXISTS {test}:m:${message.queueId}`);
        if (!seen.includes(message.queueId)) expect(there).toBe(':1\r\n');
      }),
    );
    await until(() => seen.length === messages.length, 'deliveries');
    await until(async () => (await listed(queue)).length === 0, 'an empty queue');
    expect(new Set(seen).size).toBe(messages.length);
    // Together, not one by one: for the accepts, and for the final dots (of which there are none here).
    expect((await waits(master)) - before).toBeLessThan(messages.length / 2);
  });

  it('without its word a message is refused and taken back before anybody delivers it', async () => {
    const { master, replica } = await pair();
    const lines: string[] = [];
    const queue = await queueFor(keep, master.socketPath, {
      ...wanting,
      log: ({ text }) => void lines.push(text),
    });
    const seen: string[] = [];
    await queue.serve(
      runOf(async (claim, lease) => {
        seen.push(claim.message.queueId);
        await lease.settle(claim, {});
      }),
      10,
    );
    process.kill(replica.pid, 'SIGSTOP');
    try {
      const refused = [incoming(['a@x.test']), incoming(['b@x.test'])];
      for (const outcome of await Promise.allSettled(refused.map((message) => queue.accept(message)))) {
        expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'QUEUE_UNAVAILABLE' } });
      }
      expect(queue.refusal()?.message).toMatch(/^0 of 1 replicas/);
      expect(queue.trouble()).toMatch(/^0 of 1 replicas/);
      await until(async () => (await listed(queue)).length === 0, 'both taken back');
    } finally {
      process.kill(replica.pid, 'SIGCONT');
    }
    await until(() => queue.refusal() === undefined, 'mail is taken again');
    const accepted = incoming(['c@x.test']);
    await queue.accept(accepted);
    await until(() => seen.length > 0, 'a delivery');
    expect(seen).toEqual([accepted.queueId]);
    expect(lines.join('\n')).toMatch(/no mail is taken: 0 of 1 replicas/);
    expect(lines.filter((line) => line.includes('given up'))).toHaveLength(2);
  });

  it('without a replica no message is taken, and none is delivered until there is one', async () => {
    const { master, replica } = await pair();
    const before = await queueFor(keep, master.socketPath);
    const message = incoming(['a@x.test']);
    await before.accept(message);
    await replica.kill();
    await until(
      async () => /connected_slaves:0/.test(await master.command('INFO replication')),
      'no replica',
    );
    const queue = await queueFor(keep, master.socketPath, { ...wanting, mayBeAway: true });
    expect(queue.refusal()?.message).toBe('Redis has 0 of 1 replicas that are wanted (queue.min_replicas)');
    await expect(queue.accept(incoming(['b@x.test']))).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
    const seen: string[] = [];
    await queue.serve(
      runOf(async (claim, lease) => {
        if (await claim.intent([0]).record()) seen.push(claim.message.queueId);
        await lease.settle(claim, {});
      }),
      10,
    );
    await sleep(1_500);
    expect(seen).toEqual([]);
    await replica.restart();
    await until(() => seen.length === 1, 'a delivery');
    expect(seen).toEqual([message.queueId]);
  });

  it('a master without its replicas grants no final dot', async () => {
    const { master, replica } = await pair();
    const queue = await queueFor(keep, master.socketPath, patient);
    const answers: unknown[] = [];
    await queue.serve(
      runOf(async (claim, lease) => {
        process.kill(replica.pid, 'SIGSTOP');
        answers.push(
          await claim
            .intent([0])
            .record()
            .catch((error: Error) => error.message),
        );
        process.kill(replica.pid, 'SIGCONT');
        await lease.settle(claim, {});
      }),
      10,
    );
    await queue.accept(incoming(['a@x.test']));
    await until(() => answers.length > 0, 'an answer');
    expect(answers).toEqual([expect.stringMatching(/^0 of 1 replicas/)]);
  });

  it('a source that was accepted before is not told so before its message is replicated', async () => {
    const { master, replica } = await pair();
    const queue = await queueFor(keep, master.socketPath, wanting);
    process.kill(replica.pid, 'SIGSTOP');
    try {
      const first = { ...incoming(['a@x.test']), takenOnce: 'drop-1' };
      await expect(queue.accept(first)).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
      expect(await listed(queue)).toHaveLength(1);
    } finally {
      process.kill(replica.pid, 'SIGCONT');
    }
    await until(() => queue.refusal() === undefined, 'mail is taken again');
    const second = { ...incoming(['a@x.test']), takenOnce: 'drop-1' };
    const before = await waits(master);
    await expect(queue.accept(second)).rejects.toMatchObject({ code: 'QUEUE_TAKEN' });
    expect(await waits(master)).toBeGreaterThan(before);
    expect(await listed(queue)).toHaveLength(1);
  });
});

it('without queue.min_replicas nobody waits for a replica', async () => {
  const { master } = await pair();
  const before = await waits(master);
  const queue = await queueFor(keep, master.socketPath);
  await queue.accept(incoming(['a@x.test']));
  expect(await waits(master)).toBe(before);
});
