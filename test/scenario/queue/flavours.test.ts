import { join } from 'node:path';
import { expect, it } from 'vitest';
import { run } from '../../fresh/shell.ts';
import { debian13, debian13Obstacle, fromDebian13 } from '../../support/redis-flavours.ts';
import { deepSlice } from '../../support/sample.ts';
import { unless } from '../../support/unless.ts';

/** What of the scenarios depends on the server: its scripts, its files, its INFO, its ACLs, its replicas. */
const files = [
  'test/scenario/queue',
  'test/scenario/commit.test.ts',
  'test/scenario/durability.test.ts',
  'test/scenario/one-relay.test.ts',
  'test/scenario/overload/redis-trouble.test.ts',
  'test/scenario/resolver/managed-redis.test.ts',
];

async function obstacle(): Promise<string | undefined> {
  if (process.env['TEST_REDIS_SERVER']) return 'one server at a time: it is chosen already';
  const isWhole = deepSlice()?.of === 1;
  return isWhole
    ? debian13Obstacle()
    : 'the whole of npm run test:deep plays the scenarios with Valkey 8 and Redis 8';
}

unless(await obstacle(), it).each(debian13)('the queue with the %s of Debian 13', async (kind) => {
  const server = join(await fromDebian13(kind), 'redis-server');
  const version = await run([server, '--version']);
  console.log(version.output.trim());
  const vitest = 'node_modules/vitest/vitest.mjs';
  const env = {
    ...process.env,
    TEST_REDIS_SERVER: server,
    TEST_BUILT: '1',
    TEST_DEEP: '',
  };
  const { code, output } = await run([process.execPath, vitest, 'run', '--project=scenario', ...files], {
    env,
    onText: (text) => void process.stdout.write(text),
  });
  expect(code, output.slice(-4_000)).toBe(0);
});
