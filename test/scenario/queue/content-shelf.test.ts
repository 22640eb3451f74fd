import { expect, it } from 'vitest';
import { until } from '../../lab/until.ts';
import { belongings } from '../../support/belongings.ts';
import { startPrivateRedis, type PrivateRedis } from '../../support/private-redis.ts';
import { incoming, queueFor, read, runOf } from './queue-kit.ts';

const keep = belongings();

/** Octets that Redis has sent so far. */
async function sentBy(redis: PrivateRedis): Promise<number> {
  return Number(/total_net_output_bytes:(\d+)/.exec(await redis.command('INFO stats'))?.[1]);
}

/** Whole lines of mail, in pieces as intake makes them. */
function contentOf(octets: number): Buffer[] {
  const all = Buffer.alloc(octets, 'line of sixteen\n');
  return Array.from({ length: Math.ceil(octets / 65_536) }, (_, index) =>
    all.subarray(index * 65_536, (index + 1) * 65_536),
  );
}

it.each([
  ['16 KiB, which travels with its envelope', 16_384],
  ['100 KiB', 102_400],
  ['256 KiB, as much as is kept of one', 262_144 - 16],
])('content of %s is not read back by the process that took it', async (_, octets) => {
  const redis = keep(await startPrivateRedis());
  const queue = await queueFor(keep, redis.socketPath, { soleUser: true });
  const content = contentOf(octets);
  const got: Buffer[] = [];
  await queue.serve(
    runOf(async (claim, lease) => {
      got.push(await read(claim));
      await lease.settle(claim, {});
    }),
    10,
  );
  const before = await sentBy(redis);
  await queue.accept(incoming(['a@x.test', 'b@y.test'], content));
  await until(() => got.length === 2, 'both destinations');
  for (const one of got) expect(one.equals(Buffer.concat(content))).toBe(true);
  expect((await sentBy(redis)) - before).toBeLessThan(octets);
});

it('content is read from Redis at the second attempt, after a restart, and by another process', async () => {
  const redis = keep(await startPrivateRedis());
  const queue = await queueFor(keep, redis.socketPath, { soleUser: true });
  const content = contentOf(102_400);
  const got: string[] = [];
  const whole = (one: Buffer): string => (one.equals(Buffer.concat(content)) ? 'whole' : 'other');
  await queue.serve(
    runOf(async (claim, lease) => {
      got.push(`first ${whole(await read(claim))}`);
      if (claim.attempts > 0) return void (await lease.settle(claim, {}));
      const left = claim.waiting.map(({ index }) => index);
      const last = { dsn: '4.0.0', reason: 'no' };
      await lease.settle(claim, { retry: { left, attempts: 1, nextAt: Date.now(), last } });
    }),
    10,
  );
  await queue.accept(incoming(['a@x.test'], content));
  await until(() => got.length === 2, 'the second attempt');
  expect(got).toEqual(['first whole', 'first whole']);
  await queue.stopServing();

  // A process that does not serve keeps nothing for itself.
  const intake = await queueFor(keep, redis.socketPath);
  await intake.accept(incoming(['a@x.test'], content));
  const other = await queueFor(keep, redis.socketPath, { soleUser: true });
  await other.serve(
    runOf(async (claim, lease) => {
      got.push(`other ${whole(await read(claim))}`);
      await lease.settle(claim, {});
    }),
    10,
  );
  await until(() => got.length === 3, 'the other process');
  expect(got.at(-1)).toBe('other whole');
});

it('two processes that accept and deliver each get the content of the other', async () => {
  const redis = keep(await startPrivateRedis());
  const one = await queueFor(keep, redis.socketPath);
  const other = await queueFor(keep, redis.socketPath);
  const wrong: string[] = [];
  let delivered = 0;
  for (const queue of [one, other]) {
    await queue.serve(
      runOf(async (claim, lease) => {
        const text = (await read(claim)).toString();
        if (!text.includes(claim.message.envelope.recipients[0]?.address ?? '?')) wrong.push(text);
        delivered += 1;
        await lease.settle(claim, {});
      }),
      10,
    );
  }
  const count = 60;
  await Promise.all(
    Array.from({ length: count }, (_, index) => {
      const address = `n${index}@x.test`;
      const queue = index % 2 === 0 ? one : other;
      return queue.accept(incoming([address], [Buffer.from(`To: ${address}\r\n\r\nx\r\n`)]));
    }),
  );
  await until(() => delivered === count, 'all of them');
  expect(wrong).toEqual([]);
});
