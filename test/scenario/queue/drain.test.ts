import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { until } from '../../lab/until.ts';
import type { LogEvent } from '../../../src/core/log/log-event.ts';
import type { DrainOptions, Queue } from '../../../src/queue/open-queue.ts';
import { openQueueStore } from '../../../src/queue/store/queue-store.ts';
import { belongings } from '../../support/belongings.ts';
import { startPrivateRedis } from '../../support/private-redis.ts';
import { startRedisProxy } from '../../support/redis-proxy.ts';
import { storeOptions } from '../../support/store-options.ts';
import { drainTo, fill, leftOver, look, storedAt } from './drain-kit.ts';
import { incoming, listed, queueFor, read, runOf } from './queue-kit.ts';

const keep = belongings();

async function side() {
  const redis = keep(await startPrivateRedis());
  const lines: LogEvent[] = [];
  const kept = { keptMs: 3_600_000, octets: 1_000_000 };
  const queue = await queueFor(keep, redis.socketPath, { log: (event) => void lines.push(event), kept });
  const eyes = look(redis.socketPath);
  keep({ [Symbol.asyncDispose]: async () => eyes.disconnect() });
  return { redis, queue, eyes, lines, address: redis.socketPath };
}

async function twoSides() {
  return { here: await side(), there: await side() };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function masterWithReplica() {
  const port = String(await freePort());
  const master = keep(await startPrivateRedis({ port }));
  const replica = keep(await startPrivateRedis({ port: '0', replicaof: `127.0.0.1 ${port}` }));
  const linked = async (): Promise<boolean> =>
    (await replica.command('INFO replication')).includes('master_link_status:up');
  await until(linked, 'the replica');
  return { master, replica, linked };
}

const drain = (queue: Queue, to: string, more: Partial<DrainOptions> = {}) => queue.drain(drainTo(to, more));

/** Serves a queue; resolves messages as their content. */
async function serveAll(queue: Queue): Promise<Map<string, Buffer>> {
  const delivered = new Map<string, Buffer>();
  await queue.serve(
    runOf(async (claim, lease) => {
      delivered.set(claim.message.queueId, await read(claim));
      await lease.settle(claim, {});
    }),
    10,
  );
  return delivered;
}

describe('a drain', () => {
  it('brings every message over as it was, and leaves nothing behind', async () => {
    const { here, there } = await twoSides();
    const ids = await fill(here.queue, here.eyes);
    const before = await storedAt(here.eyes);
    expect(before.size).toBe(ids.length);
    const result = await drain(here.queue, there.address);
    expect(result).toEqual({ moved: ids.length, resumed: 0, stayed: {}, waiting: 0, away: 0, elsewhere: 0 });
    expect(await storedAt(there.eyes)).toEqual(before);
    expect(await storedAt(here.eyes)).toEqual(new Map());
    expect(await leftOver(here.eyes)).toEqual([]);
    expect(await leftOver(there.eyes)).toEqual([]);
    // And back.
    expect(await drain(there.queue, here.address)).toMatchObject({ moved: ids.length, waiting: 0 });
    expect(await storedAt(here.eyes)).toEqual(before);
    // A message that came back may leave again.
    expect(await drain(here.queue, there.address)).toMatchObject({ moved: ids.length, waiting: 0 });
    expect(await storedAt(there.eyes)).toEqual(before);
  });

  it('is told by both logs and by explain at both sides, and what is due is delivered at once', async () => {
    const { here, there } = await twoSides();
    const small = incoming(['a@x.test']);
    const large = incoming(['b@y.test'], [Buffer.alloc(700_000, 'x')]);
    for (const message of [small, large]) await here.queue.accept(message);
    const delivered = await serveAll(there.queue);
    expect(await drain(here.queue, there.address)).toMatchObject({ moved: 2 });
    await until(() => delivered.size === 2, 'the deliveries');
    expect(delivered.get(large.queueId)?.equals(Buffer.alloc(700_000, 'x'))).toBe(true);
    const told = (lines: readonly LogEvent[], event: string) =>
      lines.filter((line) => line.event === event).map(({ text }) => text);
    await until(() => told(there.lines, 'taken over').length === 2, 'its log');
    expect(told(there.lines, 'taken over')).toContain(`${small.queueId}: moved here from here`);
    await serveAll(here.queue);
    await until(() => told(here.lines, 'sent over').length === 2, 'the log of the source');
    expect(told(here.lines, 'sent over')).toContain(`${large.queueId}: moved to there`);
    expect((await here.queue.account(small.queueId))?.attempts).toMatchObject([{ moved: { to: 'there' } }]);
    expect((await there.queue.account(small.queueId))?.attempts).toMatchObject([{ moved: { from: 'here' } }]);
  });

  it('leaves what is being delivered, or waits for it', async () => {
    const { here, there } = await twoSides();
    const message = incoming(['a@x.test']);
    await here.queue.accept(message);
    let release = (): void => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    let begun = false;
    await here.queue.serve(
      runOf(async (claim, lease) => {
        begun = true;
        await released;
        await lease.settle(claim, {
          retry: {
            left: [0],
            attempts: 1,
            nextAt: Date.now() + 600_000,
            last: { dsn: '4.0.0', reason: 'x' },
          },
        });
      }),
      10,
    );
    await until(() => begun, 'the delivery');
    const stayed: unknown[] = [];
    const note = (...told: unknown[]): void => void stayed.push(told);
    expect(await drain(here.queue, there.address, { stayed: note })).toMatchObject({
      moved: 0,
      stayed: { 'under way': 1 },
      waiting: 1,
    });
    expect(stayed).toEqual([[message.queueId, 'under way']]);
    const waiting = drain(here.queue, there.address, { waitMs: 60_000 });
    release();
    expect(await waiting).toMatchObject({ moved: 1, stayed: {}, waiting: 0 });
    expect(await listed(there.queue)).toMatchObject([{ queueId: message.queueId, attempts: 1, reason: 'x' }]);
  });

  it('moves what is meant, and no more than the limit', async () => {
    const { here, there } = await twoSides();
    const ids = await fill(here.queue, here.eyes);
    const some = (async function* () {
      yield ids[0] ?? '';
      yield 'unknown';
    })();
    expect(await drain(here.queue, there.address, { meant: { kind: 'ids', ids: some } })).toMatchObject({
      moved: 1,
    });
    const filter = { states: ['hold'] } as const;
    expect(await drain(here.queue, there.address, { meant: { kind: 'filter', filter } })).toMatchObject({
      moved: 1,
    });
    expect((await listed(there.queue)).map(({ state }) => state).toSorted()).toEqual(['hold', 'incoming']);
    expect(await drain(here.queue, there.address, { limit: 3 })).toMatchObject({ moved: 3 });
    expect((await storedAt(there.eyes)).size).toBe(5);
  });

  it('is not begun where it would be of no use', async () => {
    const { here, there } = await twoSides();
    await fill(here.queue, here.eyes);
    await expect(drain(here.queue, here.address)).rejects.toThrow('it is the queue itself');
    const unsafe = keep(await startPrivateRedis({ appendfsync: 'everysec' }));
    await expect(drain(here.queue, unsafe.socketPath)).rejects.toThrow('this Redis can lose accepted mail');
    await there.redis.command('SET {test}:form 0');
    await expect(drain(here.queue, there.address)).rejects.toThrow('read stored messages up to version 0');
    await there.redis.command('DEL {test}:form');
    await there.redis.command('SET {test}:drain another');
    await expect(drain(here.queue, there.address)).rejects.toThrow('it is being drained itself');
    await there.redis.command('DEL {test}:drain');
    await there.redis.command('SET {test}:closed 1');
    await expect(drain(here.queue, there.address)).rejects.toThrow('it takes no mail');
    await there.redis.command('DEL {test}:closed');
    await expect(
      drain(here.queue, there.address, { to: { ...drainTo(there.address).to, replicas: 1 } }),
    ).rejects.toThrow('it has 0 replicas, and 1 are wanted');
    expect((await storedAt(there.eyes)).size).toBe(0);
  });

  it('keeps what requires TLS from relays that know nothing of it, and brings it to others as it is', async () => {
    const { here, there } = await twoSides();
    const usual = incoming(['a@x.test']);
    const { finish, ...secret } = incoming(['b@x.test']);
    const { message, routing } = finish();
    const envelope = { ...message.envelope, requireTls: true } as const;
    await here.queue.accept(usual);
    await here.queue.accept({ ...secret, finish: () => ({ message: { ...message, envelope }, routing }) });
    await there.redis.command('SET {test}:form 1');
    expect(await drain(here.queue, there.address)).toMatchObject({ moved: 1, stayed: { unreadable: 1 } });
    expect([...(await storedAt(there.eyes)).keys()]).toEqual([usual.queueId]);
    await there.redis.command('SET {test}:form 2');
    expect(await drain(here.queue, there.address)).toMatchObject({ moved: 1, stayed: {} });
    const record = (await storedAt(there.eyes)).get(secret.queueId)?.fields['record'] ?? '{}';
    expect(JSON.parse(record)).toMatchObject({ v: 2, message: { envelope: { requireTls: true } } });
  });

  it('moves nothing while there are exceptions of which nobody has said whether they hold there', async () => {
    const { here, there } = await twoSides();
    await here.queue.accept(incoming(['a@x.test']));
    const exception = {
      name: 'x.test',
      level: 'dane-only',
      until: Date.now() + 60_000,
      reason: 'r',
      setAt: 1,
      by: 'me',
    } as const;
    await here.queue.exceptions.set(exception);
    await expect(drain(here.queue, there.address)).rejects.toThrow('exceptions for x.test (dane-only)');
    expect(await drain(here.queue, there.address, { exceptions: 'copy' })).toMatchObject({ moved: 1 });
    expect((await there.queue.exceptions.read()).exceptions).toEqual([exception]);
    expect(await drain(here.queue, there.address)).toMatchObject({ moved: 0 });
    await there.queue.exceptions.set({ ...exception, level: 'may' });
    await expect(drain(here.queue, there.address, { exceptions: 'copy' })).rejects.toThrow(
      'other exceptions for x.test',
    );
    expect(await drain(here.queue, there.address, { exceptions: 'leave' })).toMatchObject({ moved: 0 });
  });

  it('leaves a message whose id is taken there, one that only a newer relay can read, and one without room', async () => {
    const { here, there } = await twoSides();
    const [taken, newer, later, large] = [
      incoming(['a@x.test']),
      incoming(['b@x.test']),
      incoming(['c@x.test']),
      incoming(['d@x.test'], [Buffer.alloc(9_000_000)]),
    ];
    for (const message of [taken, newer, later, large]) await here.queue.accept(message);
    await there.queue.accept({ ...incoming(['z@z.test']), queueId: taken.queueId });
    await here.eyes.hset(`{test}:m:${newer.queueId}`, 'record', '{"v":99}');
    await here.eyes.hset(`{test}:m:${later.queueId}`, 's:x.test', '{"v":99}');
    await there.redis.command('CONFIG SET maxmemory 12mb');
    const before = await storedAt(here.eyes);
    const result = await drain(here.queue, there.address);
    expect(result).toMatchObject({ moved: 0, stayed: { taken: 1, unreadable: 2, 'no room': 1 }, away: 0 });
    expect(await storedAt(here.eyes)).toEqual(before);
  });

  it('stops when the target is full, and loses nothing', async () => {
    const { here, there } = await twoSides();
    for (let count = 0; count < 30; count += 1)
      await here.queue.accept(incoming([`a@x${count}.test`], [Buffer.alloc(200_000)]));
    const before = await storedAt(here.eyes);
    await there.redis.command('CONFIG SET maxmemory 4mb');
    const { moved, trouble, away } = await drain(here.queue, there.address, {
      to: { ...drainTo(there.address).to, marks: { ...storeOptions.marks, memoryHighWatermarkPercent: 100 } },
    });
    expect(trouble).toContain('OOM');
    expect(away).toBe(0);
    const after = new Map([...(await storedAt(here.eyes)), ...(await storedAt(there.eyes))]);
    expect(after).toEqual(before);
    expect((await storedAt(there.eyes)).size).toBe(moved);
  });

  it('lets go of a message only when a replica has it, where there are any; the next drain goes on with it', async () => {
    const here = await side();
    const { master, replica, linked } = await masterWithReplica();
    await here.queue.accept(incoming(['a@x.test']));
    expect(await drain(here.queue, master.socketPath)).toMatchObject({ moved: 1, away: 0 });
    const [, second] = [process.kill(replica.pid, 'SIGSTOP'), incoming(['b@x.test'])];
    await here.queue.accept(second);
    const stopped = await drain(here.queue, master.socketPath, { patienceMs: 60_000 });
    expect(stopped).toMatchObject({ moved: 0, away: 1 });
    expect(stopped.trouble).toBe('of the replicas of the target, 0 have what was moved, and 1 are wanted');
    process.kill(replica.pid, 'SIGCONT');
    await until(linked, 'the replica again');
    expect(await drain(here.queue, master.socketPath)).toMatchObject({ moved: 1, resumed: 1, away: 0 });
    const eyes = look(master.socketPath);
    expect([...(await storedAt(eyes)).keys()]).toContain(second.queueId);
    eyes.disconnect();
  });

  it('brings a message again if the master of the target is replaced before a replica has it', async () => {
    const here = await side();
    const first = await masterWithReplica();
    const second = await masterWithReplica();
    const [lost, eyes] = [look(first.master.socketPath), look(second.master.socketPath)];
    const proxy = keep(await startRedisProxy(first.master.socketPath));
    const message = incoming(['a@x.test'], [Buffer.alloc(300_000, 'x')]);
    await here.queue.accept(message);
    process.kill(first.replica.pid, 'SIGSTOP');
    const result = drain(here.queue, proxy.socketPath, { patienceMs: 60_000 });
    await until(async () => (await first.master.command('CLIENT LIST')).includes('cmd=wait'), 'the question');
    // The new master has what its predecessor had before the message came, and so has its replica.
    await eyes.hset('{test}:drains', await lost.hgetall('{test}:drains'));
    proxy.leadTo(second.master.socketPath);
    proxy.cut();
    expect(await result).toMatchObject({ moved: 1, away: 0 });
    expect([...(await storedAt(eyes)).keys()]).toEqual([message.queueId]);
    process.kill(first.replica.pid, 'SIGCONT');
    for (const connection of [lost, eyes]) connection.disconnect();
  });

  it('brings what a client over HTTP may ask of its message', async () => {
    const { here, there } = await twoSides();
    const message = incoming(['a@x.test']);
    const limits = { keptMs: 3_600_000, recipients: 100, events: 10, keyMs: 600_000 };
    const remember = {
      submitter: 'app',
      to: ['a@x.test'],
      answer: '{"id":1}',
      once: { key: 'app:k', fingerprint: 'f' },
    };
    await here.queue.accept({
      ...message,
      finish: () => {
        const made = message.finish();
        return { ...made, message: { ...made.message, submitter: 'app' }, history: { limits, remember } };
      },
    });
    expect(await drain(here.queue, there.address)).toMatchObject({ moved: 1 });
    const known = { queueId: message.queueId, fingerprint: 'f', answer: '{"id":1}' };
    for (const { queue } of [here, there]) expect(await queue.knownKey('app:k')).toEqual(known);
    expect(await there.queue.history(message.queueId)).toMatchObject({
      submitter: 'app',
      recipients: [{ address: 'a@x.test', waiting: { state: 'queued' } }],
    });
    // What came of it meanwhile comes back with it.
    const key = `{test}:http:${message.queueId}`;
    await there.eyes.hset(key, 'r:0', '{"later":true}');
    expect(await drain(there.queue, here.address)).toMatchObject({ moved: 1 });
    expect(await here.eyes.hget(key, 'r:0')).toBe('{"later":true}');
    expect(await here.eyes.get('{test}:http-size')).toBe('1');
  });

  it('brings mail for a destination of any name', async () => {
    const { here, there } = await twoSides();
    const odd = ['__proto__', 'constructor', 'toString'];
    const message = incoming(odd.map((domain) => `a@${domain}`));
    await here.queue.accept(message);
    expect(await drain(here.queue, there.address)).toMatchObject({ moved: 1 });
    expect((await listed(there.queue)).map(({ destination }) => destination).toSorted()).toEqual(odd);
  });

  it('is what came of a message whose accept is in doubt: nobody says that it was withdrawn', async () => {
    const { here } = await twoSides();
    const message = incoming(['a@x.test']);
    const { queueId } = message;
    await here.queue.accept(message);
    const store = openQueueStore(here.eyes, '{test}:');
    const destinations = ['x.test'];
    expect(await store.leaseDrain({ drain: 'D', leaseMs: 60_000 })).toBe(true);
    const leave = { queueId, moved: '', drain: 'D', departure: 'P', target: 'T', now: 1, destinations };
    expect(await store.depart(leave)).toMatchObject({ result: 'departed' });
    expect(await store.withdraw({ queueId, now: 1, destinations })).toBe(false);
    expect(await store.fence({ queueId, now: 1 })).toBe(true);
  });

  it('stops intake at the source, and goes on until nothing is left', async () => {
    const { here, there } = await twoSides();
    await here.queue.accept(incoming(['a@x.test']));
    expect(await drain(here.queue, there.address, { stopIntake: true, waitMs: 60_000 })).toMatchObject({
      moved: 1,
    });
    expect(here.queue.refusal()?.message).toContain('the queue is being moved away');
    await expect(here.queue.accept(incoming(['b@x.test']))).rejects.toMatchObject({
      code: 'QUEUE_UNAVAILABLE',
    });
    await here.queue.openIntake();
    await until(() => here.queue.refusal() === undefined, 'the intake');
  });

  it('is fenced: one that was taken over moves nothing, however late its commands come', async () => {
    const { here, there } = await twoSides();
    const message = incoming(['a@x.test']);
    const { queueId } = message;
    await here.queue.accept(message);
    const [from, to] = [openQueueStore(here.eyes, '{test}:'), openQueueStore(there.eyes, '{test}:')];
    const leave = { queueId, moved: '', departure: 'D1', target: 'T', now: 1, destinations: ['x.test'] };
    expect(await from.leaseDrain({ drain: 'old', leaseMs: 60_000 })).toBe(true);
    expect(await from.leaseDrain({ drain: 'new', leaseMs: 60_000 })).toBe(false);
    expect(await from.depart({ ...leave, drain: 'new' })).toEqual({ result: 'lost' });
    const departed = await from.depart({ ...leave, drain: 'old' });
    // The same again, as its answer may be lost.
    expect(await from.depart({ ...leave, drain: 'new' })).toEqual(departed);
    if (departed.result !== 'departed') throw new Error(departed.result);
    const { fields, scores, body = Buffer.alloc(0) } = departed.message;
    const note = { queueId, act: 'taken over', at: 1 } as const;
    const bring = {
      source: 'S',
      queueId,
      departure: 'D1',
      temporary: 't',
      pieces: 0,
      body,
      now: 1,
      note,
      fields,
      scores,
    };
    expect(await to.joinDrain({ source: 'S', drain: 'old' })).toBe('joined');
    expect(await to.joinDrain({ source: 'S', drain: 'new' })).toBe('joined');
    const asked = { source: 'S', queueId, departure: 'D1' };
    expect(await to.askArrival({ ...asked, drain: 'new' })).toBe('not arrived');
    expect(await to.arrive({ ...bring, drain: 'old' })).toMatchObject({ result: 'superseded' });
    expect(await to.askArrival({ ...asked, drain: 'old' })).toBe('superseded');
    expect(await to.forgetArrivals({ source: 'S', drain: 'old', queueIds: [] })).toBe(false);
    expect(await to.arrive({ ...bring, drain: 'new' })).toMatchObject({ result: 'arrived' });
    // It was delivered there, and comes once more.
    await there.queue.act('delete', queueId);
    expect(await to.arrive({ ...bring, drain: 'new' })).toMatchObject({ result: 'known' });
    expect(await there.queue.message(queueId)).toBeUndefined();
    // Another departure of the same message is no repetition: it came back in between.
    expect(await to.arrive({ ...bring, drain: 'new', departure: 'D2' })).toMatchObject({ result: 'arrived' });
    expect(
      await from.comeBack({ queueId, departure: 'D2', drain: 'old', now: 1, held: false }),
    ).toMatchObject({
      result: 'nothing',
    });
    expect(
      await from.comeBack({ queueId, departure: 'D1', drain: 'new', now: 1, held: false }),
    ).toMatchObject({
      result: 'lost',
    });
    expect(await from.letGo({ queueId, departure: 'D2', now: 1, note })).toBe(false);
    expect(await from.letGo({ queueId, departure: 'D1', now: 1, note })).toBe(true);
  });

  it('takes back, on hold, what may have arrived at a target that is lost', async () => {
    const { here, there } = await twoSides();
    const ids = await fill(here.queue, here.eyes);
    const before = await storedAt(here.eyes);
    const { node } = { node: 'lost' };
    await here.eyes.set('{test}:drain', 'dead', 'PX', 60_000);
    // As a drain leaves it that was killed.
    const [first = ''] = ids;
    const store = openQueueStore(here.eyes, '{test}:');
    const wish = {
      queueId: first,
      moved: '',
      drain: 'dead',
      departure: 'D',
      target: node,
      now: 1,
      destinations: ['x.test'],
    };
    expect(await store.depart(wish)).toMatchObject({ result: 'departed' });
    await here.eyes.del('{test}:drain');
    expect(await here.queue.message(first)).toBeUndefined();
    await until(() => here.queue.fill()?.awayMessages === 1, 'the count for the metrics');
    expect(await drain(here.queue, there.address, { limit: 1 })).toMatchObject({
      moved: 1,
      away: 1,
      elsewhere: 1,
    });
    expect(await here.queue.takeBack(new AbortController().signal)).toEqual([first]);
    expect(await here.queue.message(first)).toMatchObject({ state: 'hold' });
    await here.queue.act('release', first);
    expect((await storedAt(here.eyes)).get(first)?.content).toBe(before.get(first)?.content);
  });
});
