import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freePort } from '../../../src/children/free-port.ts';
import { until } from '../../lab/until.ts';
import { belongings } from '../../support/belongings.ts';
import { startPrivateRedis, type PrivateRedis } from '../../support/private-redis.ts';
import { storeOptions } from '../../support/store-options.ts';
import { incoming, listed, queueFor, runOf } from './queue-kit.ts';

const keep = belongings();

/** What those deny who run a Redis for others. */
const denied =
  '-config -function -acl -debug -shutdown -replicaof -slaveof -save -bgsave -bgrewriteaof -monitor -client|kill';

interface Hosted {
  readonly redis: PrivateRedis;
  readonly address: string;
}

/** A Redis whose user `mail` may do what a hosted one allows. */
async function hosted(settings: Readonly<Record<string, string>> = {}, more = ''): Promise<Hosted> {
  const port = await freePort('127.0.0.1');
  const redis = keep(await startPrivateRedis({ bind: '127.0.0.1', port: String(port), ...settings }));
  const answer = await redis.command(`ACL SETUSER mail on >secret ~* &* +@all ${denied} ${more}`);
  if (!answer.startsWith('+OK')) throw new Error(answer);
  return { redis, address: `redis://mail:secret@127.0.0.1:${port}` };
}

const settings = ['appendonly', 'appendfsync', 'no-appendfsync-on-rewrite', 'maxmemory-policy'] as const;

describe('a Redis that denies CONFIG', () => {
  it('is refused, with words about what must be confirmed', async () => {
    const { address } = await hosted();
    await expect(queueFor(keep, address)).rejects.toMatchObject({
      code: 'QUEUE_UNSAFE',
      message: expect.stringMatching(/appendfsync is not readable .*say it in redis\.confirmed/) as string,
    });
    await expect(queueFor(keep, address, { confirmed: ['appendonly'] })).rejects.toMatchObject({
      message: expect.not.stringContaining('appendonly is') as string,
    });
  });

  it('is taken on the word of the operator, who is told so at each start; mail comes and goes', async () => {
    const { address } = await hosted();
    for (let start = 0; start < 2; start += 1) {
      const lines: string[] = [];
      const queue = await queueFor(keep, address, {
        confirmed: settings,
        prefix: `start${start}`,
        log: ({ text }) => void lines.push(text),
      });
      expect(lines).toEqual([
        'Redis does not tell appendfsync, no-appendfsync-on-rewrite: taken on the word of redis.confirmed',
      ]);
      const seen: string[] = [];
      await queue.serve(
        runOf(async (claim, lease) => {
          if (await claim.intent([0]).record()) seen.push(claim.message.queueId);
          await lease.settle(claim, {});
        }),
        10,
      );
      await queue.accept(incoming(['a@x.test']));
      await queue.accept(incoming(['b@y.test'], [Buffer.alloc(300_000, 'x')]));
      await until(() => seen.length === 2, 'deliveries');
      await until(async () => (await listed(queue)).length === 0, 'an empty queue');
      expect(lines).toHaveLength(1);
    }
  });

  it('without the command itself, as after rename-command', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'dr-hosted-'));
    keep({ [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) });
    const file = join(folder, 'renamed.conf');
    await writeFile(file, 'rename-command CONFIG ""\n');
    const { address } = await hosted({ include: file });
    await expect(queueFor(keep, address)).rejects.toMatchObject({ code: 'QUEUE_UNSAFE' });
    const queue = await queueFor(keep, address, { confirmed: settings });
    await queue.accept(incoming(['a@x.test']));
    expect(await listed(queue)).toHaveLength(1);
  });

  it('that does tell is believed more than the operator', async () => {
    const { address } = await hosted({ appendfsync: 'everysec' }, '+config|get');
    await expect(queueFor(keep, address, { confirmed: settings })).rejects.toMatchObject({
      code: 'QUEUE_UNSAFE',
      message: expect.stringContaining('appendfsync is "everysec", whatever redis.confirmed says') as string,
    });
  });

  it('that tells in INFO what is wrong is believed more than the operator', async () => {
    const memory = await hosted({ 'maxmemory-policy': 'allkeys-lru' });
    await expect(queueFor(keep, memory.address, { confirmed: settings })).rejects.toMatchObject({
      code: 'QUEUE_UNSAFE',
      message: expect.stringContaining(
        'maxmemory-policy is "allkeys-lru", whatever redis.confirmed says',
      ) as string,
    });
    const disk = await hosted({ appendonly: 'no' });
    await expect(queueFor(keep, disk.address, { confirmed: settings })).rejects.toMatchObject({
      code: 'QUEUE_UNSAFE',
      message: expect.stringContaining('appendonly is "no", whatever redis.confirmed says') as string,
    });
  });

  it('that denies to wait for replicas is refused at the start where they are wanted', async () => {
    const { redis, address } = await hosted({}, '-wait');
    // Unknown before Redis 7.2.
    await redis.command('ACL SETUSER mail -waitaof');
    keep(await startPrivateRedis({ replicaof: `127.0.0.1 ${new URL(address).port}` }));
    await until(async () => /state=online/.test(await redis.command('INFO replication')), 'a replica');
    const wanting = { confirmed: settings, marks: { ...storeOptions.marks, minReplicas: 1 } };
    await expect(queueFor(keep, address, { ...wanting, mayBeAway: true })).rejects.toMatchObject({
      message: expect.stringMatching(/NOPERM.*wait/i) as string,
    });
  });

  it('that tells nothing of itself is no Redis for mail: nobody knows whether it is a replica, or full', async () => {
    const { address } = await hosted({}, '-info');
    await expect(queueFor(keep, address, { confirmed: [...settings, 'version'] })).rejects.toMatchObject({
      code: 'QUEUE_UNAVAILABLE',
      message: expect.stringContaining('NOPERM') as string,
    });
  });
});
