import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import type { KeptAttempt, KeptFailure, KeptLimits } from '../../../src/core/mail/kept.ts';
import type { Outcome } from '../../../src/core/delivery/outcome.ts';
import type { Queue } from '../../../src/queue/open-queue.ts';
import { until } from '../../lab/until.ts';
import { belongings } from '../../support/belongings.ts';
import { startPrivateRedis } from '../../support/private-redis.ts';
import { incoming, queueFor, runOf } from '../queue/queue-kit.ts';

const keep = belongings();
const day = 24 * 3_600_000;
const usual: KeptLimits = { keptMs: 7 * day, octets: 1_000_000 };

/** A queue that keeps what is told of attempts; each message fails as often as `fails` says, and is delivered then. */
async function world(limits: KeptLimits | undefined = usual, clock = { at: Date.now() }) {
  const redis = keep(await startPrivateRedis());
  const raw = new Redis(redis.socketPath);
  keep({ [Symbol.asyncDispose]: async () => raw.disconnect() });
  const queue = await queueFor(keep, redis.socketPath, { kept: limits, now: () => clock.at });
  return { queue, raw, clock, socketPath: redis.socketPath };
}

type Tell = (attempt: KeptAttempt) => Partial<KeptAttempt>;

function serve(
  queue: Queue,
  clock: { at: number },
  fails: number,
  more: Tell = () => ({}),
  limits = usual,
  times = 1,
) {
  return queue.serve(
    runOf(async (claim, lease) => {
      const { message, attempts } = claim;
      const failed = attempts < fails;
      const at = clock.at;
      const result = {
        state: failed ? 'deferred' : 'delivered',
        dsn: failed ? '4.4.1' : '2.0.0',
        reason: failed ? 'refused' : 'ok',
        to: message.envelope.recipients.map(({ address }) => address),
      } as const;
      const attempt: KeptAttempt = {
        at,
        queueId: message.queueId,
        destination: lease.destination,
        count: attempts + 1,
        sender: message.envelope.sender,
        arrivedAt: message.arrivedAt,
        size: message.size,
        messageId: message.messageId,
        results: [result],
      };
      const failure: KeptFailure = { at, dns: [`attempt ${attempts + 1}`], certificates: [] };
      const kept = { limits, attempt: { ...attempt, ...more(attempt) }, ...(failed && { failure }) };
      const last = { dsn: '4.4.1', reason: 'refused' };
      const outcome: Outcome = {
        ...(failed && { retry: { left: [0], attempts: attempts + 1, nextAt: at, last } }),
        history: { limits: { recipients: 1, keptMs: 1, keyMs: 1, events: 1 }, kept },
      };
      for (let time = 0; time < times; time += 1) await lease.settle(claim, outcome);
    }),
    10,
  );
}

async function sizes(raw: Redis) {
  const { octets = '0', gone = '0', failed = '0' } = await raw.hgetall('{test}:past-facts');
  return {
    octets: Number(octets),
    gone: Number(gone),
    failed: Number(failed),
    attempts: await raw.llen('{test}:past'),
    failures: await raw.hlen('{test}:failed'),
  };
}

async function delivered(queue: Queue, queueId: string) {
  await until(async () => {
    const account = await queue.account(queueId);
    return account?.message === undefined && account?.attempts.at(-1)?.results[0]?.state === 'delivered';
  });
}

describe('what is kept of attempts', () => {
  it('is there after the message left: each attempt in turn, and the evidence of the last that failed', async () => {
    const { queue, raw, clock } = await world();
    const mail = incoming(['a@x.test']);
    await queue.accept(mail);
    expect(await queue.account(mail.queueId)).toMatchObject({
      waiting: [{ destination: 'x.test', state: 'queued', recipients: ['a@x.test'], attempts: 0 }],
      attempts: [],
    });
    await serve(queue, clock, 2);
    await delivered(queue, mail.queueId);
    const account = await queue.account(mail.queueId);
    expect(account?.attempts.map(({ count, results }) => [count, results[0]?.state])).toEqual([
      [1, 'deferred'],
      [2, 'deferred'],
      [3, 'delivered'],
    ]);
    expect(account?.failures).toEqual([
      { destination: 'x.test', failure: { at: clock.at, dns: ['attempt 2'], certificates: [] } },
    ]);
    const { octets, failed, attempts, failures } = await sizes(raw);
    expect({ attempts, failures }).toEqual({ attempts: 3, failures: 1 });
    const texts = await raw.lrange('{test}:past', 0, -1);
    expect(octets).toBe(texts.reduce((sum, text) => sum + text.length + 8, 0));
    expect(failed).toBeGreaterThan(250);
  });

  it('is found by an address in any case, and not by what a host has said', async () => {
    const { queue, clock } = await world();
    const [mine, other] = [incoming(['Some.One@x.test']), incoming(['b@x.test'])];
    await serve(queue, clock, 0, ({ results }) => ({
      results: results.map((result) => ({ ...result, reason: '"some.one@x.test"' })),
    }));
    for (const mail of [other, mine]) {
      await queue.accept(mail);
      await delivered(queue, mail.queueId);
    }
    const found = [];
    for await (const { queueId } of queue.past('address', 'some.one@X.test')) found.push(queueId);
    expect(found).toEqual([mine.queueId]);
    const there = [];
    for await (const { queueId } of queue.past('destination', 'x.test')) there.push(queueId);
    expect(there).toEqual([mine.queueId, other.queueId]);
  });

  it('takes no more room than it may: the oldest is forgotten, in small steps', async () => {
    const limits = { ...usual, octets: 4_000 };
    const { queue, raw, clock } = await world(limits);
    await serve(queue, clock, 1, () => ({}), limits);
    const mails = Array.from({ length: 60 }, () => incoming(['a@x.test']));
    for (const mail of mails) await queue.accept(mail);
    await delivered(queue, mails.at(-1)?.queueId ?? '');
    const { octets, failed, gone, attempts } = await sizes(raw);
    expect(octets).toBeLessThanOrEqual(4_000);
    expect(failed).toBeLessThanOrEqual(4_000);
    expect(gone + attempts).toBe(120);
    expect(await queue.account(mails[0]?.queueId ?? '')).toBeUndefined();
    expect(await raw.zcard('{test}:failed-at')).toBe(await raw.hlen('{test}:failed'));
  });

  it('is not told of once its time is up, and is forgotten then', async () => {
    const { queue, raw, clock } = await world();
    await serve(queue, clock, 1);
    const old = incoming(['a@x.test']);
    await queue.accept(old);
    await delivered(queue, old.queueId);
    clock.at += 7 * day + 1;
    expect(await queue.account(old.queueId)).toBeUndefined();
    const fresh = incoming(['a@x.test']);
    await queue.accept(fresh);
    await delivered(queue, fresh.queueId);
    expect(await sizes(raw)).toMatchObject({ attempts: 2, failures: 1, gone: 2 });
  });

  it('is gone at once where nothing is to be kept', async () => {
    const { queue, raw, clock, socketPath } = await world();
    await serve(queue, clock, 1);
    const mail = incoming(['a@x.test']);
    await queue.accept(mail);
    await delivered(queue, mail.queueId);
    await queue.stopServing();
    const without = await queueFor(keep, socketPath, {});
    expect(await without.account(mail.queueId)).toBeUndefined();
    await serve(without, clock, 0);
    await until(async () => (await raw.exists('{test}:past', '{test}:failed', '{test}:failed-at')) === 0);
  });

  it('of another version is passed over, and so is what is damaged', async () => {
    const { queue, raw, clock } = await world();
    await serve(queue, clock, 1);
    const mail = incoming(['a@x.test']);
    await queue.accept(mail);
    await delivered(queue, mail.queueId);
    const [text = ''] = await raw.lrange('{test}:past', 0, 0);
    await raw.rpush(
      '{test}:past',
      text.replace('"v":1', '"v":3'),
      `{"at":${clock.at} "queueId":"${mail.queueId}"`,
    );
    await raw.hset('{test}:failed', `${mail.queueId} x.test`, 'no JSON');
    expect(await queue.account(mail.queueId)).toMatchObject({
      attempts: [{ count: 1 }, { count: 2 }],
      failures: [],
    });
  });

  it('is kept once, though the outcome is stored twice because an answer was lost', async () => {
    const { queue, raw, clock } = await world();
    await serve(queue, clock, 0, () => ({}), usual, 2);
    const mail = incoming(['a@x.test']);
    await queue.accept(mail);
    await delivered(queue, mail.queueId);
    expect(await sizes(raw)).toMatchObject({ attempts: 1 });
  });

  it('a store whose history cannot be written loses no outcome', async () => {
    const { queue, raw, clock } = await world();
    await raw.set('{test}:past', 'no list');
    await serve(queue, clock, 0);
    const mail = incoming(['a@x.test']);
    await queue.accept(mail);
    await until(async () => (await raw.exists(`{test}:m:${mail.queueId}`)) === 0);
    expect(await raw.get('{test}:past')).toBe('no list');
  });

  it('a message with very many recipients is told as far as it can be read, and the rest is counted', async () => {
    const { queue } = await world();
    const one = incoming(Array.from({ length: 10_000 }, (_, index) => `u${index}@x.test`));
    const many = incoming(Array.from({ length: 300 }, (_, index) => `u@d${index}.test`));
    await queue.accept(one);
    await queue.accept(many);
    const [waiting] = (await queue.account(one.queueId))?.waiting ?? [];
    expect([waiting?.recipients.length, waiting?.recipientsLeftOut]).toEqual([100, 9_900]);
    const account = await queue.account(many.queueId);
    expect([account?.waiting.length, account?.waitingLeftOut]).toEqual([100, 200]);
    expect(await queue.waitingFor('x.test')).toMatchObject({
      messages: 1,
      reasons: [{ messages: 1, state: 'queued' }],
    });
    expect(await queue.waitingFor('nothing.test')).toBeUndefined();
  });
});
