import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { LogEvent } from '../../../src/core/log/log-event.ts';
import type { Queue } from '../../../src/queue/open-queue.ts';
import { belongings } from '../../support/belongings.ts';
import { until } from '../../lab/until.ts';
import { startPrivateRedis, type PrivateRedis } from '../../support/private-redis.ts';
import { startRedisProxy, type RedisProxy } from '../../support/redis-proxy.ts';
import { queueFor } from './queue-kit.ts';

const keep = belongings();

interface Door {
  readonly redis: PrivateRedis;
  readonly proxy: RedisProxy;
  readonly queue: Queue;
  readonly lines: LogEvent[];
}

/** A queue behind a line that can be held up; Redis has seen its scripts. */
async function door(): Promise<Door> {
  const redis = keep(await startPrivateRedis());
  const proxy = keep(await startRedisProxy(redis.socketPath));
  const lines: LogEvent[] = [];
  const queue = await open(proxy.socketPath, (event) => lines.push(event));
  await queue.accept(incoming('4first'));
  await queue.act('delete', '4first');
  return { redis, proxy, queue, lines };
}

const open = (address: string, log?: (event: LogEvent) => void): Promise<Queue> =>
  queueFor(keep, address, { acceptTimeoutMs: 2_000, ...(log && { log }) });

function incoming(queueId: string, content = [Buffer.from('Subject: x\r\n\r\nhello\r\n')]) {
  const size = Buffer.concat(content).length;
  const envelope = {
    sender: 'a@b.test',
    recipients: [{ address: 'a@x.test' }, { address: 'a@y.test' }],
    body: '7BIT',
    smtpUtf8: false,
  } as const;
  async function* pieces(): AsyncGenerator<Buffer> {
    yield* content;
  }
  return {
    queueId,
    content: pieces(),
    finish: () => ({
      message: { queueId, envelope, arrivedAt: Date.now(), size, messageId: '<x@b.test>' },
      routing: new Map([
        ['x.test', [0]],
        ['y.test', [1]],
      ]),
    }),
  };
}

async function keysOf(redis: PrivateRedis, queueId: string): Promise<string> {
  return redis.command(`EXISTS {test}:m:${queueId} {test}:b:${queueId} {test}:d:x.test {test}:d:y.test`);
}

describe('an accept that is not answered for in time', () => {
  it('and was not carried out never will be', async () => {
    const { redis, proxy, queue } = await door();
    proxy.stall('requests');
    await expect(queue.accept(incoming('4late'))).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
    proxy.resume();
    await until(async () => (await redis.command('ZSCORE {test}:fenced 4late')).length > 6, 'the fence');
    // It came to Redis after all, and was refused there by the clock.
    await until(
      async () => (await redis.command('INFO errorstats')).includes('errorstat_LATE'),
      'the accept',
    );
    expect(await keysOf(redis, '4late')).toBe(':0\r\n');
  });

  it('and was given up is refused even if it comes in time', async () => {
    const { redis, queue } = await door();
    await redis.command('ZADD {test}:fenced 1 4fenced');
    await expect(queue.accept(incoming('4fenced'))).rejects.toThrow('FENCED');
    expect(await keysOf(redis, '4fenced')).toBe(':0\r\n');
  });

  it('although it was carried out is taken back', async () => {
    const { redis, proxy, queue, lines } = await door();
    proxy.stall('replies');
    await expect(queue.accept(incoming('4done'))).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
    proxy.resume();
    await until(() => lines.some(({ event }) => event === 'message withdrawn'), 'the withdrawal');
    expect(await keysOf(redis, '4done')).toBe(':0\r\n');
    // Connections that were silent are opened anew; while they are, nothing is taken.
    let tries = 0;
    const taken = (): Promise<boolean> =>
      queue.accept(incoming(`4again${(tries += 1)}`)).then(
        () => true,
        () => false,
      );
    await until(taken, 'mail to be taken again');
  });

  it('of what is taken once stays, and is not taken again', async () => {
    const { redis, proxy, queue } = await door();
    const accept = (queueId: string): Promise<unknown> =>
      queue.accept({ ...incoming(queueId), takenOnce: 'file' });
    proxy.stall('replies');
    await expect(accept('4once')).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
    proxy.resume();
    let tries = 0;
    const codes = new Set<string>();
    const again = async (): Promise<boolean> => {
      const error = await accept(`4again${(tries += 1)}`).catch((error: unknown) => error);
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'accepted';
      codes.add(code);
      return code !== 'QUEUE_UNAVAILABLE';
    };
    await until(again, 'mail to be taken again');
    expect([...codes].filter((code) => code !== 'QUEUE_UNAVAILABLE')).toEqual(['QUEUE_TAKEN']);
    expect(await redis.command('ZCARD {test}:d:x.test')).toBe(':1\r\n');
  });

  it('and whose delivery has begun stays, and is told of', async () => {
    const { redis, proxy, queue, lines } = await door();
    const other = await open(redis.socketPath);
    const claimed = new Set<string>();
    const over = new AbortController();
    await other.serve(async (lease) => {
      while (!over.signal.aborted) {
        const claims = await lease.take(10);
        if (claims === 'lost') break;
        for (const { message } of claims) claimed.add(message.queueId);
        await sleep(20);
      }
      return { postponeUntil: Date.now() + 60_000 };
    }, 10);
    await other.accept(incoming('4before'));
    await until(() => claimed.has('4before'), 'a run that takes what comes');
    proxy.stall('replies');
    await expect(queue.accept(incoming('4taken'))).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
    expect(claimed).toContain('4taken');
    proxy.resume();
    await until(() => lines.some(({ event }) => event === 'message twice'), 'the verdict');
    expect((await redis.command('EXISTS {test}:m:4taken')).includes(':1')).toBe(true);
    over.abort();
  });

  it('leaves no content of a large message behind', async () => {
    const { redis, proxy, queue } = await door();
    const content = Array.from({ length: 10 }, () => Buffer.alloc(100_000, 'x'));
    proxy.stall('replies');
    await expect(queue.accept(incoming('4large', content))).rejects.toMatchObject({
      code: 'QUEUE_UNAVAILABLE',
    });
    proxy.resume();
    await until(async () => (await keysOf(redis, '4large')) === ':0\r\n', 'the content to be gone');
    // Were it to come yet, the sweeper knows.
    expect((await redis.command('ZSCORE {test}:incoming 4large')).startsWith('$-1')).toBe(false);
  });
});
