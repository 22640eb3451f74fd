import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { until } from '../lab/until.ts';
import { belongings } from '../support/belongings.ts';
import { startPrivateRedis } from '../support/private-redis.ts';
import { startRedisProxy } from '../support/redis-proxy.ts';
import { launchRelay } from '../support/running-relay.ts';

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

test('a relay that is told to stop while its Redis does not come up takes it along, and has not failed', async () => {
  const bin = await mkdtemp(join(tmpdir(), 'dr-bin-'));
  keep({ [Symbol.asyncDispose]: () => rm(bin, { recursive: true }) });
  const [program, started] = [join(bin, 'redis-server'), join(bin, 'started')];
  await writeFile(program, `#!/bin/sh\ntrap '' TERM\necho $$ > ${started}\nwhile :; do sleep 1; done\n`);
  await chmod(program, 0o755);
  const relay = keep(await launchRelay({ env: { PATH: `${bin}:${process.env['PATH'] ?? ''}` } }));
  await until(() => existsSync(started), 'its Redis to be started');
  await until(async () => (await readFile(started, 'utf8')) !== '', 'its number');
  relay.signal('SIGTERM');
  expect(await relay.exited).toBe(0);
  const pid = Number(await readFile(started, 'utf8'));
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});
