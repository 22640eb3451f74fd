import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import type { KeptLimits } from '../../../src/core/mail/kept.ts';
import { until } from '../../lab/until.ts';
import { belongings } from '../../support/belongings.ts';
import { startPrivateRedis } from '../../support/private-redis.ts';
import { incoming, queueFor, runOf } from '../queue/queue-kit.ts';

/** How receipts are stored, and for how long. */

const keep = belongings();
const day = 24 * 3_600_000;

/** A queue whose messages get a receipt of 1000 octets for each recipient, when they are done. */
async function world(limits: KeptLimits) {
  const redis = keep(await startPrivateRedis());
  const raw = new Redis(redis.socketPath);
  keep({ [Symbol.asyncDispose]: async () => raw.disconnect() });
  const clock = { at: Date.now() };
  const queue = await queueFor(keep, redis.socketPath, { receipts: limits, now: () => clock.at });
  await queue.serve(
    runOf(async (claim, lease) => {
      const texts = claim.waiting.map(({ index }) => [index, String(index).padEnd(1_000, 'x')] as const);
      const unused = { recipients: 1, keptMs: 1, keyMs: 1, events: 1 };
      await lease.settle(claim, { history: { limits: unused, receipts: { texts, limits } } });
    }),
    10,
  );
  async function deliver(...addresses: readonly string[]): Promise<string> {
    const mail = incoming(addresses);
    await queue.accept(mail);
    await until(async () => (await queue.message(mail.queueId)) === undefined);
    return mail.queueId;
  }
  const sizes = async () => ({
    messages: await raw.zcard('{test}:receipts'),
    keys: (await raw.keys('{test}:receipt:*')).length,
    sizes: await raw.hlen('{test}:receipt-octets'),
    octets: Number(await raw.get('{test}:receipts-size')),
  });
  return { queue, clock, deliver, sizes };
}

describe('receipts', () => {
  it('are there when the message is gone, in the order of the recipients', async () => {
    const { queue, deliver, sizes } = await world({ keptMs: day, octets: 1e6 });
    const id = await deliver(...Array.from({ length: 12 }, (_, index) => `r${index}@x.test`));
    const texts = await queue.receipts(id);
    expect(texts.map((text) => Number(text.replace(/x+$/, '')))).toEqual([...texts.keys()]);
    expect(texts).toHaveLength(12);
    expect(await sizes()).toEqual({ messages: 1, keys: 1, sizes: 1, octets: 12 * 1_600 });
    expect(await queue.receipts('unknown')).toEqual([]);
  });

  it('take no more room than they may: those of the oldest message go first', async () => {
    const { queue, deliver, sizes, clock } = await world({ keptMs: day, octets: 6_400 });
    const ids: string[] = [];
    for (let count = 0; count < 10; count += 1) {
      clock.at += 1;
      ids.push(await deliver('a@x.test'));
    }
    expect(await sizes()).toEqual({ messages: 4, keys: 4, sizes: 4, octets: 6_400 });
    expect(await queue.receipts(ids[0] ?? '')).toEqual([]);
    expect(await queue.receipts(ids[9] ?? '')).toHaveLength(1);
  });

  it('take no more room either where many come at once for few that go', async () => {
    const { deliver, sizes, clock } = await world({ keptMs: day, octets: 80_000 });
    for (let count = 0; count < 60; count += 1) {
      clock.at += 1;
      await deliver('a@x.test');
    }
    expect(await sizes()).toMatchObject({ messages: 50, octets: 80_000 });
    await deliver(...Array.from({ length: 40 }, (_, index) => `r${index}@x.test`));
    expect(await sizes()).toMatchObject({ messages: 11, octets: 80_000 });
    // More than there may be at all.
    await deliver(...Array.from({ length: 60 }, (_, index) => `r${index}@x.test`));
    expect(await sizes()).toEqual({ messages: 0, keys: 0, sizes: 0, octets: 0 });
  });

  it('are not told of once their time is up, and go with the next ones', async () => {
    const { queue, deliver, sizes, clock } = await world({ keptMs: day, octets: 1e6 });
    const old = await deliver('a@x.test');
    clock.at += day + 1;
    expect(await queue.receipts(old)).toEqual([]);
    await deliver('a@x.test');
    expect(await sizes()).toMatchObject({ messages: 1, keys: 1, sizes: 1 });
  });
});
