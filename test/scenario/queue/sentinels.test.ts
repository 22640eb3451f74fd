import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { freePort } from '../../../src/children/free-port.ts';
import { until } from '../../lab/until.ts';
import { belongings } from '../../support/belongings.ts';
import { MASTER_NAME, startRedisSentinels } from '../../support/redis-sentinels.ts';
import { startRelay } from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';
import { incoming, listed, queueFor, read, runOf } from './queue-kit.ts';

const keep = belongings();

describe('a queue whose master Sentinels know', () => {
  it('goes on at the new master when the old one is killed: what was accepted is delivered', async () => {
    const redis = keep(await startRedisSentinels());
    const lines: string[] = [];
    const queue = await queueFor(keep, redis.url, { log: ({ text }) => void lines.push(text) });
    const seen: string[] = [];
    let isOpen = false;
    await queue.serve(
      runOf(async (claim, lease) => {
        await until(() => isOpen, 'the gate');
        await read(claim);
        if (await claim.intent([0]).record()) seen.push(claim.message.queueId);
        await lease.settle(claim, {});
      }),
      10,
    );
    const before = incoming(['a@x.test']);
    await queue.accept(before);
    await redis.inStep(2);
    const former = await redis.master();
    await former.kill();
    await until(() => queue.refusal() !== undefined, 'no mail is taken');
    await redis.replaced(former);
    isOpen = true;
    await until(() => queue.refusal() === undefined, 'mail is taken again');
    const after = incoming(['b@y.test']);
    await queue.accept(after);
    await until(() => seen.includes(before.queueId) && seen.includes(after.queueId), 'both delivered');
    await until(async () => (await listed(queue)).length === 0, 'an empty queue');
    expect(new Set(seen).size).toBe(seen.length);
    expect(lines.join('\n')).toMatch(/the master of Redis is 127\.0\.0\.1:\d+ now \(epoch \d+\)/);
  });

  it('leaves a master that was stopped and replaced, although connections to it stand', async () => {
    const redis = keep(await startRedisSentinels());
    const queue = await queueFor(keep, redis.url);
    const former = await redis.master();
    process.kill(former.pid, 'SIGSTOP');
    try {
      await redis.replaced(former);
      // What was sent to the one that is stopped is told to come again.
      const accepted: string[] = [];
      await until(async () => {
        const message = incoming(['a@x.test']);
        await queue.accept(message).then(
          () => accepted.push(message.queueId),
          () => {},
        );
        return accepted.length > 0;
      }, 'mail is taken again');
      process.kill(former.pid, 'SIGCONT');
      expect((await listed(queue)).map(({ queueId }) => queueId)).toEqual(accepted);
      await redis.inStep(2);
      expect((await listed(queue)).map(({ queueId }) => queueId)).toEqual(accepted);
    } finally {
      process.kill(former.pid, 'SIGCONT');
    }
  });

  it('logs in to the Sentinels and to the master with a password each', async () => {
    const redis = keep(
      await startRedisSentinels({ replicas: 1, password: 'm@ster:1', sentinelPassword: 'sent/2' }),
    );
    const queue = await queueFor(keep, redis.url);
    await queue.accept(incoming(['a@x.test']));
    expect(await listed(queue)).toHaveLength(1);
    await expect(queueFor(keep, redis.url.replace(/\?.*/, ''))).rejects.toMatchObject({
      message: expect.stringContaining('NOAUTH') as string,
    });
  });

  it('says at the start that no Sentinel knows a master of that name', async () => {
    const redis = keep(await startRedisSentinels({ replicas: 1 }));
    await expect(queueFor(keep, `${redis.url}x`, { mayBeAway: true })).rejects.toMatchObject({
      message: 'no Sentinel knows a master with the name mail.queuex',
    });
  });

  it('starts while no Sentinel tells where it is, says so, takes no mail, and works as soon as one does', async () => {
    const redis = keep(await startRedisSentinels({ replicas: 1 }));
    const places = await Promise.all(redis.sentinels.map(() => freePort('127.0.0.1')));
    const url = `sentinel://${places.map((port) => `127.0.0.1:${port}`).join(',')}/${MASTER_NAME}`;
    const relay = keep(await startRelay({ set: { 'redis.url': url, 'dns.servers': '127.0.0.1:9' } }));
    await relay.line(/no mail is taken: .*no Sentinel tells where it is/);
    await expect(sendMail(relay.port, { to: 'a@x.test' })).rejects.toMatchObject({ responseCode: 451 });
    const { status, body } = await relay.health();
    expect([status, JSON.stringify(body.problems)]).toEqual([
      503,
      expect.stringContaining('no Sentinel tells where it is'),
    ]);
    for (const [index, port] of places.entries()) keep(await forward(port, redis.sentinels[index] ?? 0));
    await relay.line(/mail is taken again/);
    expect(await sendMail(relay.port, { to: 'a@x.test' })).not.toBe('');
  });
});

/** What comes to one port of the loopback is passed on to another one. */
async function forward(from: number, to: number): Promise<AsyncDisposable> {
  const server = createServer((socket) => {
    const further = connect(to, '127.0.0.1');
    for (const one of [socket, further])
      one.on('error', () => {}).on('close', () => [socket, further].forEach((end) => end.destroy()));
    socket.pipe(further).pipe(socket);
  });
  server.listen(from, '127.0.0.1');
  await once(server, 'listening');
  return {
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
