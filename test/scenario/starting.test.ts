import { expect, test } from 'vitest';
import { belongings } from '../support/belongings.ts';
import { startPrivateRedis } from '../support/private-redis.ts';
import { startRedisProxy } from '../support/redis-proxy.ts';
import { launchRelay, until } from '../support/running-relay.ts';

const keep = belongings();

test('a relay that is still starting says so to whoever asks about its health', async () => {
  const redis = keep(await startPrivateRedis());
  const proxy = keep(await startRedisProxy(redis.socketPath));
  proxy.stall('both');
  const set = { 'redis.url': `unix://${proxy.socketPath}`, 'dns.servers': '127.0.0.1:9' };
  const relay = keep(await launchRelay({ set, role: 'intake' }));
  const problems = () =>
    relay.health().then(
      ({ body }) => body.problems,
      () => undefined,
    );
  await until(async () => (await problems()) !== undefined, 'somebody who answers');
  expect(await problems()).toMatchObject({ start: 'the relay is still starting' });
  proxy.resume();
  await relay.line(/: ready$/);
  expect(await problems()).not.toHaveProperty('start');
});
