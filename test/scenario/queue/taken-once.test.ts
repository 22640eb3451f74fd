import { describe, expect, it } from 'vitest';
import type { Queue } from '../../../src/queue/open-queue.ts';
import { belongings } from '../../support/belongings.ts';
import { startPrivateRedis, type PrivateRedis } from '../../support/private-redis.ts';
import { incoming, listed, queueFor } from './queue-kit.ts';

const keep = belongings();

const open = (redis: PrivateRedis): Promise<Queue> => queueFor(keep, redis.socketPath);

describe('what is taken once', () => {
  const large = (): Buffer[] => Array.from({ length: 10 }, () => Buffer.alloc(100_000, 'x'));

  it.each([
    ['small', () => [Buffer.from('Subject: x\r\n\r\nhello\r\n')]],
    ['large', large],
  ])('is taken once: %s', async (_, content) => {
    const redis = keep(await startPrivateRedis());
    const queue = await open(redis);
    const first = incoming(['a@x.test'], content());
    await queue.accept({ ...first, takenOnce: 'file' });
    const second = incoming(['a@x.test'], content());
    await expect(queue.accept({ ...second, takenOnce: 'file' })).rejects.toMatchObject({
      code: 'QUEUE_TAKEN',
    });
    expect((await listed(queue)).map(({ queueId }) => queueId)).toEqual([first.queueId]);
    await expect
      .poll(() => redis.command(`EXISTS {test}:b:${second.queueId} {test}:m:${second.queueId}`))
      .toBe(':0\r\n');
  });

  it('is known when the message is gone, and to another process', async () => {
    const redis = keep(await startPrivateRedis());
    const queue = await open(redis);
    const first = incoming(['a@x.test']);
    await queue.accept({ ...first, takenOnce: 'file' });
    await queue.act('delete', first.queueId);
    await redis.kill();
    await redis.restart();
    const other = await open(redis);
    const again = { ...incoming(['a@x.test']), takenOnce: 'file' };
    await expect(other.accept(again)).rejects.toMatchObject({ code: 'QUEUE_TAKEN' });
  });

  it('is forgotten when nothing is left of it, or after a month', async () => {
    const redis = keep(await startPrivateRedis());
    const queue = await open(redis);
    for (const takenOnce of ['one', 'two']) await queue.accept({ ...incoming(['a@x.test']), takenOnce });
    await queue.forgetTaken(['one']);
    expect(await redis.command('ZCARD {test}:taken')).toBe(':1\r\n');
    await redis.command(`ZADD {test}:taken ${Date.now() - 31 * 24 * 3_600_000} two`);
    await queue.accept({ ...incoming(['a@x.test']), takenOnce: 'three' });
    expect(await redis.command('ZRANGE {test}:taken 0 -1')).toContain('three');
    expect(await redis.command('ZCARD {test}:taken')).toBe(':1\r\n');
  });

  it('with the reports that come with it', async () => {
    const redis = keep(await startPrivateRedis());
    const queue = await open(redis);
    const accept = () => {
      const { finish, ...first } = incoming(['a@x.test', 'b@y.test']);
      const report = incoming(['c@z.test']);
      const told = { message: report.finish().message, content: Buffer.from('r'), destination: 'z.test' };
      const complete = { ...first, takenOnce: 'file', finish: () => ({ ...finish(), reports: [told] }) };
      return queue.accept(complete);
    };
    await accept();
    await expect(accept()).rejects.toMatchObject({ code: 'QUEUE_TAKEN' });
    const waiting = (await listed(queue)).map(({ destination, recipients }) =>
      [destination, ...recipients].join(' '),
    );
    expect(waiting.toSorted()).toEqual(['x.test a@x.test', 'y.test b@y.test', 'z.test c@z.test']);
  });

  it('what was not put in place is not', async () => {
    const redis = keep(await startPrivateRedis());
    const queue = await open(redis);
    const first = incoming(['a@x.test']);
    await redis.command(`ZADD {test}:fenced 1 ${first.queueId}`);
    await expect(queue.accept({ ...first, takenOnce: 'file' })).rejects.toThrow('FENCED');
    await queue.accept({ ...incoming(['a@x.test']), takenOnce: 'file' });
    expect(await listed(queue)).toHaveLength(1);
  });
});
