import { writeFile, chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { until } from '../lab/until.ts';
import { freePort } from '../../src/children/free-port.ts';
import { belongings } from '../support/belongings.ts';
import { startPrivateRedis } from '../support/private-redis.ts';
import { runCommand } from '../support/run-command.ts';
import { launchRelay, startRelay } from '../support/running-relay.ts';

const keep = belongings();
const password = 'correcthorsebattery';

it('the password of Redis is in no line of the log, no report and no error', async () => {
  const port = await freePort('127.0.0.1');
  const redis = keep(await startPrivateRedis({ port: `${port}`, bind: '127.0.0.1' }));
  await redis.command(`CONFIG SET requirepass ${password}`);
  const set = { 'redis.url': `redis://:${password}@127.0.0.1:${port}`, 'dns.servers': '127.0.0.1:1' };
  const relay = keep(await startRelay({ set }));
  const outputs: string[] = [];
  const told = async (...words: readonly string[]): Promise<void> => {
    const { stdout, stderr } = await runCommand(words, { ...set, data_dir: relay.dataDir });
    outputs.push(stdout.toString(), stderr);
  };
  await told('queue', 'list');
  await told('check-config');
  expect(outputs.join('')).toContain('redis://***@127.0.0.1');
  await redis.kill();
  await until(async () => (await relay.health()).body.problems['queue'] !== undefined, 'trouble');
  outputs.push(JSON.stringify((await relay.health()).body));
  const commands = [['health'], ['queue', 'list'], ['queue', 'export'], ['queue', 'import']];
  await Promise.all(commands.map((words) => told(...words)));
  await relay.stop();

  // A wrong one, and one that does not even make a URL.
  await redis.restart();
  await redis.command('CONFIG SET requirepass another');
  const refused = keep(await launchRelay({ set }));
  expect(await refused.exited).toBe(75);
  await told('check-config', '--set', `redis.url=redis:/:${password}@127.0.0.1:${port}`);
  const all = [...outputs, ...relay.lines, ...refused.lines].join('\n');
  expect(all).toMatch(/WRONGPASS|NOAUTH/);
  expect(all).not.toContain(password);
});

it('a file with a password that others can read is named, at start and by check-config', async () => {
  const port = await freePort('127.0.0.1');
  const redis = keep(await startPrivateRedis({ port: `${port}`, bind: '127.0.0.1' }));
  const relay = keep(await startRelay({ set: { 'dns.servers': '127.0.0.1:1' } }));
  const file = join(relay.dataDir, 'relay.toml');
  await writeFile(file, `[redis]\nurl = "redis://:${password}@127.0.0.1:${port}"\n`, { mode: 0o644 });
  const check = () =>
    runCommand(['check-config', '--config', file], { data_dir: relay.dataDir, hostname: 'relay.test' });
  expect((await check()).stderr).toBe(
    `dane-relay: warning: ${file} holds a password and has mode 0644: others can read it\n`,
  );
  await chmod(file, 0o600);
  expect((await check()).stderr).toBe('');
  await chmod(relay.dataDir, 0o755);
  expect((await check()).stderr).toMatch(/holds the queue and has mode 0755/);
  await redis[Symbol.asyncDispose]();
});
