import { expect, it } from 'vitest';
import { until } from '../../lab/until.ts';
import { belongings } from '../../support/belongings.ts';
import { startPrivateRedis } from '../../support/private-redis.ts';
import { runCommand } from '../../support/run-command.ts';
import { startRelay, type RunningRelay } from '../../support/running-relay.ts';

/** Three questions that a platform for containers asks, and the answers of the address and of the command. */

const keep = belongings();

const paths = ['/health', '/ready', '/alive'] as const;
const options = { '/health': [], '/ready': ['--ready'], '/alive': ['--alive'] } as const;

async function answers(relay: RunningRelay): Promise<readonly (readonly [number, number | null])[]> {
  return Promise.all(
    paths.map(async (path) => {
      const { status } = await relay.health(path);
      const { code } = await runCommand(['health', ...options[path]], { data_dir: relay.dataDir });
      return [status, code] as const;
    }),
  );
}

it('a resolver that is away is no reason to send clients elsewhere, and a Redis that is away none to start again', async () => {
  const redis = keep(await startPrivateRedis());
  const relay = keep(
    await startRelay({
      set: {
        'redis.url': `unix://${redis.socketPath}`,
        'dns.servers': '127.0.0.1:9',
        'dns.timeout': '500ms',
      },
    }),
  );
  await until(async () => (await relay.health()).body.problems['resolver'] !== undefined, 'no resolver');
  expect(await answers(relay)).toEqual([
    [503, 75],
    [200, 0],
    [200, 0],
  ]);
  await redis.kill();
  await until(async () => (await relay.health('/ready')).status === 503, 'no queue');
  expect((await relay.health('/ready')).body.problems).toEqual({ queue: expect.stringContaining('Redis') });
  expect(await answers(relay)).toEqual([
    [503, 75],
    [503, 75],
    [200, 0],
  ]);
  await redis.restart();
  await until(async () => (await relay.health('/ready')).status === 200, 'the queue again');
});

it('a process that only delivers is ready without taking mail', async () => {
  const redis = keep(await startPrivateRedis());
  const set = { 'redis.url': `unix://${redis.socketPath}`, 'dns.servers': '127.0.0.1:9' };
  const relay = keep(await startRelay({ set, role: 'delivery' }));
  await redis.kill();
  await until(async () => (await relay.health()).body.problems['queue'] !== undefined, 'no queue');
  expect((await relay.health('/ready')).status).toBe(200);
});

it('--ready and --alive are two questions', async () => {
  const { code, stderr } = await runCommand(['health', '--ready', '--alive'], {});
  expect(code).toBe(64);
  expect(stderr).toContain('Either --ready or --alive.');
});
