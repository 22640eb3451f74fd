import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { until } from '../../lab/until.ts';
import type { Settled } from '../../../src/core/delivery/outcome.ts';
import type { Queue } from '../../../src/queue/open-queue.ts';
import { belongings } from '../../support/belongings.ts';
import { startPrivateRedis } from '../../support/private-redis.ts';
import { startRedisProxy, type RedisProxy } from '../../support/redis-proxy.ts';
import { incoming, listed, queueFor, runOf } from './queue-kit.ts';

const keep = belongings();

async function queueBehindProxy(): Promise<{ readonly queue: Queue; readonly proxy: RedisProxy }> {
  const redis = keep(await startPrivateRedis());
  const proxy = keep(await startRedisProxy(redis.socketPath));
  return { queue: await queueFor(keep, proxy.socketPath), proxy };
}

/** What a proxy, or whatever has taken the place of Redis for a moment, says instead of it. */
const babble = [
  ['no RESP', 'HTTP/1.1 502 Bad Gateway\r\n\r\n'],
  ['an error', '-ERR upstream failure\r\n'],
  ['that there are too many clients', '-ERR max number of clients reached\r\n'],
  ['an answer to another question', '+OK\r\n'],
] as const;

describe('where somebody else answers for Redis', () => {
  it.each(babble)('the outcome of a delivery is stored in the end: %s', async (_, answer) => {
    const { queue, proxy } = await queueBehindProxy();
    const attempts: (Settled | undefined)[] = [];
    await queue.serve(
      runOf(async (claim, lease) => {
        const place = attempts.push(undefined) - 1;
        proxy.babble(answer);
        const settled = lease.settle(claim, {});
        await sleep(2_500);
        proxy.babble(undefined);
        attempts[place] = await settled.catch(() => undefined);
      }),
      10,
    );
    await queue.accept(incoming(['a@x.test']));
    await until(() => attempts[0] !== undefined, 'the outcome to be stored');
    await until(async () => (await listed(queue)).length === 0, 'the queue to be empty');
    expect(attempts).toEqual(['gone']);
  });

  it.each(babble)('no message is taken on its word: %s', async (_, answer) => {
    const { queue, proxy } = await queueBehindProxy();
    // Opened with the first message.
    await queue.accept(incoming(['a@x.test']));
    const doubtful = incoming(['b@x.test']);
    proxy.babble(answer);
    const taken = queue.accept(doubtful).then(
      () => true,
      () => false,
    );
    await sleep(1_000);
    proxy.babble(undefined);
    const isTaken = await taken;
    await until(
      async () => (await listed(queue)).some(({ queueId }) => queueId === doubtful.queueId) === isTaken,
      'what was said to be so',
    );
  });
});
