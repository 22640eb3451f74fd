import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startRedisWatch } from '../../../src/queue/watch/redis-watch.ts';
import { belongings } from '../../support/belongings.ts';
import { startPrivateRedis } from '../../support/private-redis.ts';
import { storeOptions } from '../../support/store-options.ts';

const keep = belongings();

/** A way to a Redis on which everything is lost from the question on how it keeps data, as when it is stopped just then. */
async function halfSilent(target: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'half-silent-'));
  const path = join(directory, 'redis.sock');
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const redis = connect(target);
    let isSilent = false;
    for (const socket of [client, redis]) {
      sockets.add(socket);
      socket.on('error', () => {});
    }
    client.on('data', (chunk: Buffer) => {
      isSilent ||= /\r\nconfig\r\n/i.test(chunk.toString());
      if (!isSilent) redis.write(chunk);
    });
    redis.on('data', (chunk: Buffer) => client.write(chunk));
  });
  server.listen(path);
  await once(server, 'listening');
  keep({
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await rm(directory, { recursive: true });
    },
  });
  return path;
}

it('a Redis that does not say in time how it keeps data is silent, and not unsafe', async () => {
  const redis = keep(await startPrivateRedis());
  const lines: string[] = [];
  const watch = await startRedisWatch({
    target: await halfSilent(redis.socketPath),
    base: '{test}:',
    allowUnsafe: false,
    marks: storeOptions.marks,
    replicaTimeoutMs: 2_000,
    log: ({ text }) => void lines.push(text),
    now: Date.now,
  });
  keep({ [Symbol.asyncDispose]: async () => watch.stop() });
  expect(watch.state()).toMatchObject({ kind: 'away', error: { code: 'QUEUE_UNAVAILABLE' } });
  expect(lines).toEqual(['no mail is taken: Redis does not answer within 3 s']);
});

it('a Redis that was away and comes back as an unsafe one is told of once more', async () => {
  const redis = keep(await startPrivateRedis());
  const lines: string[] = [];
  const watch = await startRedisWatch({
    target: redis.socketPath,
    base: '{test}:',
    allowUnsafe: false,
    marks: storeOptions.marks,
    replicaTimeoutMs: 2_000,
    log: ({ text }) => void lines.push(text),
    now: Date.now,
  });
  keep({ [Symbol.asyncDispose]: async () => watch.stop() });
  await redis.kill();
  await expect.poll(() => watch.state().kind).toBe('away');
  await redis.restart();
  await redis.command('CONFIG SET appendfsync no');
  await expect.poll(() => lines.at(-1)).toMatch(/^no mail is taken: this Redis can lose accepted mail: /);
  await watch.nextLook();
  await watch.nextLook();
  expect(lines.filter((line) => line.includes('can lose'))).toHaveLength(1);
});

it('a Redis that becomes a replica between two questions of a look is away, and not unsafe', async () => {
  const redis = keep(await startPrivateRedis());
  const lines: string[] = [];
  let between = async (): Promise<unknown> => undefined;
  const watch = await startRedisWatch({
    target: redis.socketPath,
    base: '{test}:',
    allowUnsafe: false,
    marks: storeOptions.marks,
    // It has been asked for its role, and not yet how it keeps data.
    freeDiskBytes: async () => {
      await between();
      return 1e12;
    },
    replicaTimeoutMs: 2_000,
    log: ({ text }) => void lines.push(text),
    now: Date.now,
  });
  keep({ [Symbol.asyncDispose]: async () => watch.stop() });
  between = () => redis.command('REPLICAOF 127.0.0.1 1');
  await expect.poll(() => watch.state().kind).toBe('away');
  expect([watch.trouble(), watch.facts()?.isReplica]).toEqual(['Redis is a replica, and read-only', true]);
  expect(lines).toEqual(['no mail is taken: Redis is a replica, and read-only']);
});
