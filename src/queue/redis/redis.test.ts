import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { assertSafe, connectRedis, openConnection } from './redis.ts';

const safe: Readonly<Record<string, string>> = {
  appendonly: 'yes',
  appendfsync: 'always',
  'no-appendfsync-on-rewrite': 'no',
  'maxmemory-policy': 'noeviction',
};
const info = 'redis_version:7.0.15\r\nrole:master\r\n';

function reply(message: string): Error {
  return Object.assign(new Error(message), { name: 'ReplyError' });
}

/** A Redis that answers one of these with an error. */
function redisThat(fails: string, error: Error): Redis {
  return {
    config: async (_: string, name: string) => {
      if (name === fails) throw error;
      return [name, safe[name]];
    },
    info: async () => {
      if (fails === 'INFO') throw error;
      return info;
    },
  } as unknown as Redis;
}

describe('assertSafe()', () => {
  it('is content with a Redis that keeps its word', async () => {
    await assertSafe(redisThat('nothing', new Error()));
  });

  it.each(['appendonly', 'appendfsync', 'maxmemory-policy', 'INFO'])(
    'does not take an answer that did not come for one that is unsafe: %s',
    async (name) => {
      for (const error of [
        new Error('Command timed out'),
        new Error('Connection is closed.'),
        reply('LOADING Redis is loading the dataset in memory'),
      ]) {
        await expect(assertSafe(redisThat(name, error))).rejects.toMatchObject({
          code: 'QUEUE_UNAVAILABLE',
          message: expect.not.stringContaining('can lose') as string,
        });
      }
    },
  );

  it('a replica is no Redis that can lose mail: after a failover the address leads to another one soon', async () => {
    const redis = {
      config: async (_: string, name: string) => [name, 'no'],
      info: async () => info.replace('role:master', 'role:slave'),
    } as unknown as Redis;
    await expect(assertSafe(redis)).rejects.toMatchObject({
      code: 'QUEUE_UNAVAILABLE',
      message: 'Redis is a replica, and read-only',
    });
  });

  it.each(["NOPERM this user has no permissions to run the 'config|get' command", 'ERR unknown command'])(
    'takes one that is refused for one that is: %s',
    async (text) => {
      await expect(assertSafe(redisThat('appendfsync', reply(text)))).rejects.toMatchObject({
        code: 'QUEUE_UNSAFE',
      });
    },
  );
});

describe('connectRedis()', () => {
  /** A connection to a server that answers each command with OK. */
  async function connected(): Promise<Redis> {
    const clients: Socket[] = [];
    const server = createServer((client) => {
      clients.push(client);
      client.on('data', (octets) => {
        const commands = octets.toString('latin1').match(/^\*/gm) ?? [];
        client.write('+OK\r\n'.repeat(commands.length));
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const redis = connectRedis(`redis://127.0.0.1:${String(port)}`, {
      patience: 'patient',
      readyCheck: false,
    });
    onTestFinished(() => {
      redis.disconnect();
      for (const client of clients) client.destroy();
      server.close();
    });
    await openConnection(redis);
    return redis;
  }

  it('sends the commands of one turn of the event loop in one write, in their order', async () => {
    const redis = await connected();
    await redis.set('before', '1');
    const { stream } = redis;
    const written = stream.bytesWritten - stream.writableLength;
    const answers = Promise.all([redis.set('a', '1'), redis.set('b', '2')]);
    expect(stream.writableLength).toBeGreaterThan(0);
    expect(stream.bytesWritten - stream.writableLength).toBe(written);
    await nextTurn();
    await nextTurn();
    expect(stream.writableLength).toBe(0);
    expect(await answers).toEqual(['OK', 'OK']);
  });

  it('waits for more of them only while there are several', async () => {
    const redis = await connected();
    const { stream } = redis;
    const several = Promise.all([redis.set('a', '1'), redis.set('b', '2')]);
    await several;
    const next = redis.set('c', '3');
    await nextTurn();
    expect(stream.writableLength).toBeGreaterThan(0);
    await next;
    const last = redis.set('d', '4');
    expect(stream.writableLength).toBeGreaterThan(0);
    await nextTurn();
    await nextTurn();
    expect(stream.writableLength).toBe(0);
    await last;
  });
});
