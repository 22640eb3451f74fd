import type { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { assertSafe } from './redis.ts';

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

  it.each(["NOPERM this user has no permissions to run the 'config|get' command", 'ERR unknown command'])(
    'takes one that is refused for one that is: %s',
    async (text) => {
      await expect(assertSafe(redisThat('appendfsync', reply(text)))).rejects.toMatchObject({
        code: 'QUEUE_UNSAFE',
      });
    },
  );
});
