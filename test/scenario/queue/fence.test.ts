import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { until } from '../../lab/until.ts';
import type { Lease } from '../../../src/core/delivery/lease.ts';
import type { Outcome } from '../../../src/core/delivery/outcome.ts';
import type { Queue } from '../../../src/queue/open-queue.ts';
import type { TakenClaim } from '../../../src/queue/lease/claim.ts';
import { CLAIMED, keyBase } from '../../../src/queue/forms/keys.ts';
import { LEASE_MS } from '../../../src/queue/lease/lease-term.ts';
import { openQueueStore } from '../../../src/queue/store/queue-store.ts';
import { belongings } from '../../support/belongings.ts';
import { startPrivateRedis, type PrivateRedis } from '../../support/private-redis.ts';
import { monitorRedis } from '../../support/redis-monitor.ts';
import { startRedisProxy } from '../../support/redis-proxy.ts';
import { incoming, listed, queueFor, runOf } from './queue-kit.ts';

const keep = belongings();

/** One of several processes on a Redis. */
const memberOf = (redis: Pick<PrivateRedis, 'socketPath'>): Promise<Queue> =>
  queueFor(keep, redis.socketPath);

const busy = { dsn: '4.4.1', reason: 'busy' };

interface Held {
  readonly claim: TakenClaim;
  readonly lease: Lease<TakenClaim>;
}

/** A run that sleeps over its claim, and the one of another relay that has taken over, after this was done to Redis. */
async function takenOver(between: (redis: PrivateRedis) => Promise<void>) {
  const redis = keep(await startPrivateRedis());
  const held: Held[] = [];
  let wake = (): void => {};
  const asleep = new Promise<void>((resolve) => (wake = resolve));
  const hold = runOf(async (claim, lease) => {
    held.push({ claim, lease });
    await asleep;
  });
  const sleeper = await memberOf(redis);
  await sleeper.serve(hold, 1);
  const successor = await memberOf(redis);
  // Whatever comes of the test, nobody sleeps when the queues are closed.
  keep({ [Symbol.asyncDispose]: async () => wake() });
  await sleeper.accept(incoming(['a@x.test']));
  await until(() => held.length === 1, 'a claim');
  await between(redis);
  await successor.serve(hold, 10);
  await until(() => held.length === 2, 'take-over');
  const [stale, fresh] = held;
  if (stale === undefined || fresh === undefined) throw new Error('nobody has a claim');
  return { stale, fresh, successor };
}

describe('a run that lost its destination while it slept', () => {
  it('may neither send a final dot nor settle, and its successor hears what it had begun', async () => {
    const redis = keep(await startPrivateRedis());
    const held: { claim: TakenClaim; lease: Lease }[] = [];
    let wake = (): void => {};
    const asleep = new Promise<void>((resolve) => (wake = resolve));
    const sleeper = await memberOf(redis);
    await sleeper.serve(
      runOf(async (claim, lease) => {
        held.push({ claim, lease });
        await asleep;
      }),
      1, // Or it would replace itself.
    );
    await sleeper.accept(incoming(['a@x.test', 'b@x.test']));
    await sleeper.accept(incoming(['a@x.test']));
    await until(() => held.length === 2, 'claims');
    const [first, second] = held;
    if (first === undefined || second === undefined) throw new Error('no claims');
    expect(await first.claim.intent([0]).record()).toBe(true);

    // As if its lease had run out: another one becomes the owner.
    await redis.command('DEL {test}:owner:x.test');
    await redis.command('DEL {test}:awake');
    const taken: TakenClaim[] = [];
    const successor = await memberOf(redis);
    await successor.serve(
      runOf(async (claim, lease) => {
        taken.push(claim);
        await lease.settle(claim, {});
      }),
      10,
    );
    await until(() => taken.length === 2, 'take-over');
    const doubts = new Map(taken.map(({ message, inDoubt }) => [message.queueId, inDoubt]));
    expect(doubts.get(first.claim.message.queueId)).toEqual([0]);
    expect(doubts.get(second.claim.message.queueId)).toEqual([]);

    expect(await second.claim.intent([0]).record()).toBe(false);
    const retry = { left: [0], attempts: 1, nextAt: Date.now(), last: busy };
    expect(await second.lease.settle(second.claim, { retry })).toBe('not ours');
    await second.lease.release([second.claim]);
    await until(async () => (await listed(successor)).length === 0, 'nothing to be left');
    wake();
  });

  it('cannot end what its successor is at', async () => {
    const { stale, fresh, successor } = await takenOver(async (redis) => {
      await redis.command('DEL {test}:owner:x.test');
      await redis.command('DEL {test}:awake');
    });
    expect(await stale.lease.settle(stale.claim, {})).toBe('not ours');
    expect(await listed(successor)).toHaveLength(1);
    expect(await fresh.lease.settle(fresh.claim, {})).toBe('gone');
    expect(await listed(successor)).toEqual([]);
  });

  it('has a number that no other run gets, also from a replica that took over and lacks the last ones', async () => {
    const { stale, fresh } = await takenOver(async (redis) => {
      // What the replica has: neither the lease, nor the claim, nor that the number was given away.
      await redis.command('DEL {test}:owner:x.test {test}:awake');
      // The alarm that the successor sets takes a number first.
      await redis.command('DECRBY {test}:seq 2');
    });
    expect(await stale.claim.intent([0]).record()).toBe(false);
    expect(await fresh.claim.intent([0]).record()).toBe(true);
  });

  it('does not get its lease back from a successor that has come and gone', async () => {
    const redis = keep(await startPrivateRedis());
    const queue = await memberOf(redis);
    await queue.accept(incoming(['a@x.test']));
    await queue.accept(incoming(['a@y.test']));
    const connection = new Redis(redis.socketPath);
    keep({ [Symbol.asyncDispose]: async () => connection.disconnect() });
    const store = openQueueStore(connection, keyBase('test'));
    const begin = async (destination: string) => {
      const begun = await store.begin({
        destination,
        uuid: randomUUID(),
        leaseMs: 60_000,
        now: Date.now(),
        job: '1',
      });
      if (begun === undefined) throw new Error('another one has it');
      return { destination, token: begun.token };
    };
    const take = ({ destination, token }: { destination: string; token: string }) =>
      store.take({
        destination,
        token,
        now: Date.now(),
        count: 10,
        inlineBytes: 0,
        shelvedSince: Infinity,
        longestRecordBytes: 0,
      });
    const renewals = [await begin('x.test'), await begin('y.test')];
    for (const one of renewals) expect(await take(one)).toHaveLength(1);
    const renew = () => store.renew({ leaseMs: 60_000, renewals });
    const lapse = () => redis.command('DEL {test}:owner:x.test {test}:owner:y.test');

    await lapse();
    expect(await renew()).toEqual([true, true]);
    await lapse();
    const successor = await begin('x.test');
    expect(await renew()).toEqual([false, true]);
    expect(await take(successor)).toHaveLength(1);
    // It ends while its mail waits for another time.
    await lapse();
    expect(await renew()).toEqual([false, true]);
    expect(await redis.command('EXISTS {test}:owner:x.test')).toBe(':0\r\n');
  });

  it.each<[string, (redis: PrivateRedis) => unknown]>([
    ['whose lease ran out and whom nobody replaced', (redis) => redis.command('DEL {test}:owner:x.test')],
    [
      'behind a Redis that slept longer than its lease',
      (redis) => {
        process.kill(redis.pid, 'SIGSTOP');
        setTimeout(() => process.kill(redis.pid, 'SIGCONT'), LEASE_MS + 500);
      },
    ],
  ])('%s goes on', async (_, lapse) => {
    const redis = keep(await startPrivateRedis());
    const queue = await memberOf(redis);
    const answers: (boolean | string)[] = [];
    await queue.serve(
      runOf(async (claim, lease) => {
        await lapse(redis);
        const intent = claim.intent([0]);
        answers.push(await intent.record(), intent.holds(), await lease.settle(claim, {}));
      }),
      10,
    );
    await queue.accept(incoming(['a@x.test']));
    await until(() => answers.length === 3, 'settlement');
    expect(answers).toEqual([true, true, 'gone']);
  });

  it('keeps its destination as long as it works, and not for ever', async () => {
    const redis = keep(await startPrivateRedis());
    const queue = await memberOf(redis);
    let done = false;
    let claimed = false;
    await queue.serve(
      runOf(async (claim, lease) => {
        claimed = true;
        await until(() => done, 'the end');
        await lease.settle(claim, {});
      }),
      10,
    );
    await queue.accept(incoming(['a@x.test']));
    await until(() => claimed, 'claim');
    // Seconds, not minutes, until somebody else may have it.
    const left = Number((await redis.command('PTTL {test}:owner:x.test')).slice(1));
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(LEASE_MS);
    done = true;
    await until(async () => (await redis.command('EXISTS {test}:owner:x.test')).startsWith(':0'), 'the end');
  });
});

describe('what a run has at hand', () => {
  it.each<[string, (queueId: string, redis: PrivateRedis, queue: Queue) => Promise<unknown>]>([
    [
      'by a replica that took over and lacks the claim',
      (queueId, redis) => redis.command(`ZADD {test}:d:x.test 1 ${queueId}`),
    ],
    [
      'when it was held and released',
      async (queueId, _, queue) => {
        await queue.act('hold', queueId);
        await queue.act('release', queueId);
      },
    ],
  ])('is not handed to it a second time: %s', async (_, happen) => {
    const redis = keep(await startPrivateRedis());
    const queue = await memberOf(redis);
    const message = incoming(['a@x.test']);
    const other = incoming(['b@x.test']);
    const answers: unknown[] = [];
    await queue.serve(async (lease) => {
      if (answers.length > 0) return undefined;
      const [claim] = await takenBy(lease);
      if (claim === undefined) return undefined;
      await happen(message.queueId, redis, queue);
      await queue.accept(other);
      const more = await takenBy(lease);
      answers.push(more.map(({ message: { queueId } }) => queueId));
      for (const one of [claim, ...more]) answers.push(await one.intent([0]).record());
      for (const one of [claim, ...more]) answers.push(await lease.settle(one, {}));
      return undefined;
    }, 10);
    await queue.accept(message);
    await until(() => answers.length > 4, 'both outcomes');
    expect(answers).toEqual([[other.queueId], true, true, 'gone', 'gone']);
    expect(await listed(queue)).toEqual([]);
  });
});

async function takenBy(lease: Lease<TakenClaim>): Promise<readonly TakenClaim[]> {
  const taken = await lease.take(10);
  return taken === 'lost' ? [] : taken;
}

describe('an outcome whose answer is lost with the connection', () => {
  const report = (): NonNullable<Outcome['reports']>[number] => {
    const { queueId, finish } = incoming(['sender@y.test']);
    return {
      message: { ...finish().message, queueId },
      content: Buffer.from('report'),
      destination: 'y.test',
    };
  };
  const retry = () => ({ left: [0], attempts: 1, nextAt: Date.now() + 3_600_000, last: busy });

  it.each([
    ['of the last recipients', () => ({}), 'gone'],
    ['with a report', () => ({ reports: [report()] }), 'gone'],
    ['that waits', () => ({ retry: retry() }), 'stays'],
    ['that waits, with a report', () => ({ retry: retry(), reports: [report()] }), 'stays'],
  ] as const)('is found stored when it is sent again: %s', async (_, verdict, expected) => {
    const redis = keep(await startPrivateRedis());
    const proxy = keep(await startRedisProxy(redis.socketPath));
    const queue = await memberOf({ socketPath: proxy.socketPath });
    const answers: string[] = [];
    await queue.serve(
      runOf(async (claim, lease) => {
        if (lease.destination !== 'x.test') return;
        if (answers.length === 0) return void answers.push(await lease.settle(claim, {}));
        proxy.stall('replies');
        const answer = lease.settle(claim, verdict());
        await until(async () => !(await isClaimed(redis, claim.message.queueId)), 'the first time');
        proxy.cut();
        proxy.resume();
        answers.push(await answer);
      }),
      10,
    );
    await queue.accept(incoming(['a@x.test']));
    await until(() => answers.length === 1, 'Redis to know the scripts');
    await queue.accept(incoming(['a@x.test']));
    await until(() => answers.length === 2, 'an answer');
    expect(answers).toEqual(['gone', expected]);
  });

  it('is told to be unknown when another run took the message over in between', async () => {
    const redis = keep(await startPrivateRedis());
    const proxy = keep(await startRedisProxy(redis.socketPath));
    const queue = await memberOf({ socketPath: proxy.socketPath });
    const answers: string[] = [];
    await queue.serve(
      runOf(async (claim, lease) => {
        if (answers.length > 0) return;
        const { queueId } = claim.message;
        proxy.stall('requests');
        const answer = lease.settle(claim, { reports: [report()] });
        await redis.command(`ZADD {test}:d:x.test 1 ${queueId}`);
        proxy.cut();
        proxy.resume();
        answers.push(await answer);
      }),
      10,
    );
    await queue.accept(incoming(['a@x.test']));
    await until(() => answers.length === 1, 'an answer');
    expect(answers).toEqual(['unknown']);
  });
});

describe('the word that a message is late', () => {
  it('is given to one destination, with those that wait elsewhere, and again when the answer was lost', async () => {
    const redis = keep(await startPrivateRedis());
    const proxy = keep(await startRedisProxy(redis.socketPath));
    const queue = await memberOf({ socketPath: proxy.socketPath });
    const answers: unknown[] = [];
    const order = { first: false, second: false };
    await queue.serve(
      runOf(async (claim, lease) => {
        if (claim.message.envelope.recipients.length === 1) {
          await lease.warn(claim); // Redis knows the script now.
          order.first = true;
        } else if (lease.destination === 'z.test') {
          const retry = { left: [2], attempts: 1, nextAt: Date.now() + 3_600_000, last: busy };
          await lease.settle(claim, { retry });
          order.second = true;
          return;
        } else if (lease.destination === 'x.test') {
          await until(() => order.second, 'z.test to have failed');
          proxy.stall('replies');
          const answer = lease.warn(claim);
          await until(
            async () =>
              (await redis.command(`HEXISTS {test}:m:${claim.message.queueId} warned`)).startsWith(':1'),
            'the first time',
          );
          proxy.cut();
          proxy.resume();
          answers.push(await answer);
        } else {
          await until(() => answers.length === 1, 'the first');
          answers.push(await lease.warn(claim));
        }
        await lease.settle(claim, {});
      }),
      10,
    );
    await queue.accept(incoming(['a@x.test']));
    await until(() => order.first, 'the script');
    await queue.accept(incoming(['a@x.test', 'b@y.test', 'c@z.test']));
    await until(() => answers.length === 2, 'both answers');
    expect(answers).toEqual([[{ index: 2, recipient: { address: 'c@z.test' }, last: busy }], undefined]);
  });
});

async function isClaimed(redis: PrivateRedis, queueId: string): Promise<boolean> {
  const score = await redis.command(`ZSCORE {test}:d:x.test ${queueId}`);
  return Number(score.split('\r\n')[1]) >= CLAIMED;
}

describe('a run that goes on and on', () => {
  it('takes up what it had claimed when the answer was lost with the connection', async () => {
    const redis = keep(await startPrivateRedis());
    const queue = await memberOf(redis);
    const claims: string[] = [];
    const order = { more: false, end: false };
    await queue.serve(async (lease) => {
      while (!order.end) {
        await until(() => order.more || order.end, 'the next take');
        order.more = false;
        const taken = await lease.take(10);
        if (taken === 'lost') return undefined;
        claims.push(...taken.map(({ message }) => message.queueId));
      }
      return undefined;
    }, 10);
    const [known, lost] = [incoming(['a@x.test']), incoming(['a@x.test'])];
    order.more = true;
    await queue.accept(known);
    await until(() => claims.length === 1, 'the first claim');
    await queue.accept(lost);
    // As the take does whose answer is lost.
    const run = /(\d+):/.exec((await redis.command('GET {test}:owner:x.test')).split('\r\n')[1] ?? '')?.[1];
    await redis.command(`ZADD {test}:d:x.test ${CLAIMED + Number(run)} ${lost.queueId}`);
    await redis.command('CLIENT KILL TYPE normal SKIPME yes');
    await until(() => {
      order.more = true;
      return claims.length === 2;
    }, 'what was lost');
    expect(claims).toEqual([known.queueId, lost.queueId]);
    order.end = true;
  });
});

describe('the intent to send a final dot', () => {
  it('is forgotten once the outcome is known', async () => {
    const redis = keep(await startPrivateRedis());
    const queue = await memberOf(redis);
    const doubts: (readonly number[])[] = [];
    await queue.serve(
      runOf(async (claim, lease) => {
        doubts.push(claim.inDoubt);
        await Promise.all([claim.intent([0]).record(), claim.intent([1, 2]).record()]);
        const retry = { left: [1, 2], attempts: 1, nextAt: Date.now(), last: busy };
        await lease.settle(claim, doubts.length === 1 ? { retry } : {});
      }),
      10,
    );
    await queue.accept(incoming(['a@x.test', 'b@x.test', 'c@x.test']));
    await until(() => doubts.length === 2, 'second attempt');
    expect(doubts).toEqual([[], []]);
  });

  it('is asked for in one command by all who ask at the same time', async () => {
    const redis = keep(await startPrivateRedis());
    const queue = await memberOf(redis);
    const heard: string[] = [];
    keep(monitorRedis(redis.socketPath, (command) => void heard.push(command)));
    await until(async () => {
      await redis.command('PING');
      return heard.length > 0;
    }, 'Redis to tell what it is asked');
    const MESSAGES = 40;
    for (let index = 0; index < MESSAGES; index += 1) await queue.accept(incoming(['a@x.test']));
    let granted: readonly boolean[] = [];
    await queue.serve(async (lease) => {
      const claims = await lease.take(MESSAGES);
      if (claims === 'lost' || claims.length < MESSAGES) return undefined;
      granted = await Promise.all(claims.map(({ intent }) => intent([0]).record()));
      await Promise.all(claims.map((claim) => lease.settle(claim, {})));
      return undefined;
    }, 1);
    const calls = (name: string): number => heard.filter((one) => one.includes(` call ${name} `)).length;
    await until(() => calls('settle') >= MESSAGES, 'the outcomes');
    expect(new Set(granted)).toEqual(new Set([true]));
    // One, and one for each time that the machine stood still for longer than a lease.
    expect(calls('recordIntent')).toBeLessThan(10);
  });

  it('is remembered group by group', async () => {
    const redis = keep(await startPrivateRedis());
    const queue = await memberOf(redis);
    const doubts: (readonly number[])[] = [];
    await queue.serve(
      runOf(async (claim, lease) => {
        doubts.push(claim.inDoubt);
        if (doubts.length === 1) {
          await claim.intent([0]).record();
          await claim.intent([2]).record();
          await lease.release([claim]);
        } else await lease.settle(claim, {});
      }),
      10,
    );
    await queue.accept(incoming(['a@x.test', 'b@x.test', 'c@x.test']));
    await until(() => doubts.length === 2, 'second attempt');
    expect(doubts).toEqual([[], [0, 2]]);
  });
});

describe('what is held', () => {
  it('waits beside what is tried again, until it is released', async () => {
    const redis = keep(await startPrivateRedis());
    const queue = await memberOf(redis);
    const attempts: string[] = [];
    const last = { dsn: '4.4.2', reason: 'lost' };
    await queue.serve(
      runOf(async (claim, lease) => {
        attempts.push(claim.waiting.map(({ recipient }) => recipient.address).join());
        const retry = { left: [1], attempts: 1, nextAt: Date.now() + 200, last: busy };
        await lease.settle(claim, attempts.length === 1 ? { retry, held: { left: [0], last } } : {});
      }),
      10,
    );
    const message = incoming(['a@x.test', 'b@x.test']);
    await queue.accept(message);
    await until(() => attempts.length === 2, 'second attempt');
    await until(async () => (await listed(queue)).length === 1, 'the rest to be held');
    expect(await listed(queue)).toMatchObject([
      { queueId: message.queueId, state: 'held', recipients: ['a@x.test'], reason: 'lost' },
    ]);
    expect((await listed(queue))[0]).not.toHaveProperty('nextAt');
    // Neither mail that comes nor a flush moves it.
    await queue.accept(incoming(['c@x.test']));
    await until(() => attempts.length === 3, 'other mail');
    expect(await queue.flush()).toBe(0);
    await until(async () => (await redis.command('EXISTS {test}:owner:x.test')).startsWith(':0'), 'the end');
    expect(attempts).toEqual(['a@x.test,b@x.test', 'b@x.test', 'c@x.test']);

    expect(await queue.act('release', '4nobody')).toMatchObject({ result: 'unknown' });
    expect(await queue.act('release', message.queueId)).toMatchObject({ result: 'done', held: 0 });
    await until(() => attempts.length === 4, 'release');
    expect(attempts[3]).toBe('a@x.test');
    await until(async () => (await listed(queue)).length === 0, 'nothing to be left');
  });

  it('or waits, or is being delivered, is gone with delete', async () => {
    const redis = keep(await startPrivateRedis());
    const queue = await memberOf(redis);
    const claims: { claim: TakenClaim; lease: Lease }[] = [];
    let end = false;
    await queue.serve(
      runOf(async (claim, lease) => {
        claims.push({ claim, lease });
        await until(() => end, 'the end');
      }),
      10,
    );
    const [one, two] = [incoming(['a@x.test', 'b@y.test']), incoming(['a@x.test'])];
    await queue.accept(one);
    await queue.accept(two);
    await until(() => claims.length === 3, 'claims');
    expect(await queue.act('delete', one.queueId)).toMatchObject({ result: 'done', underWay: 0 });
    expect(await queue.act('delete', one.queueId)).toMatchObject({ result: 'unknown' });
    const [mine] = claims.filter(({ claim }) => claim.message.queueId === one.queueId);
    if (mine === undefined) throw new Error('no claim');
    expect(await mine.claim.intent([0]).record()).toBe(false);
    expect(
      await mine.lease.settle(mine.claim, { retry: { left: [0], attempts: 1, nextAt: 1, last: busy } }),
    ).toBe('not ours');
    expect((await listed(queue)).map(({ queueId }) => queueId)).toEqual([two.queueId]);
    end = true;
  });
});

describe('what is known after the first of two transactions', () => {
  it('does not strike out the final dot of the second, though Redis has lost its scripts', async () => {
    const redis = keep(await startPrivateRedis());
    const claims: TakenClaim[] = [];
    let end = (): void => {};
    const ended = new Promise<void>((resolve) => (end = resolve));
    const queue = await memberOf(redis);
    await queue.serve(
      runOf(async (claim) => {
        claims.push(claim);
        await ended;
      }),
      10,
    );
    await queue.accept(incoming(['a@x.test', 'b@x.test']));
    await until(() => claims.length === 1, 'a claim');
    const [claim] = claims;
    if (claim === undefined) throw new Error('no claim');
    // Redis was killed and has come again: it knows no script, and then this one.
    await redis.command('SCRIPT FLUSH SYNC');
    await claim.intent([0]).record();
    const sent = { outcome: 'sent', scope: 'recipient', dsn: '2.0.0', reason: '250 ok' } as const;
    claim.heard(new Map([[0, { status: sent }]]));
    await claim.intent([1]).record();
    const fields = `{test}:m:${claim.message.queueId}`;
    await until(
      async () => (await redis.command(`HGET ${fields} s:x.test`)).includes('"left":[1]'),
      'progress',
    );
    const dot = await redis.command(`HGET ${fields} dot:x.test`);
    end();
    expect(dot).toBe('$1\r\n1\r\n');
  });
});
