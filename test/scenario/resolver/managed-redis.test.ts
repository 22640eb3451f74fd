import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../../lab/until.ts';
import { startManagedRedis } from '../../../src/children/managed-redis.ts';
import type { ManagedRedis } from '../../../src/children/managed-redis.ts';
import { redisCommand } from '../../../src/children/redis-socket.ts';
import { identify } from '../../../src/children/process-table.ts';
import type { LogEvent } from '../../../src/core/log/log-event.ts';
import { leaveBehind } from './left-behind.ts';

let dataDir: string;
let events: LogEvent[];
let running: ManagedRedis[];
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'managed-redis-'));
  events = [];
  running = [];
});
afterEach(async () => {
  await Promise.all(running.map((redis) => redis.stop()));
  await rm(dataDir, { recursive: true });
});

async function start(patienceMs = 0): Promise<ManagedRedis> {
  const redis = await startManagedRedis({
    dataDir,
    patienceMs,
    maxmemoryBytes: 1024 ** 3,
    log: (event) => events.push(event),
  });
  running.push(redis);
  return redis;
}

const logged = (text: string | RegExp): boolean => events.some((event) => event.text.match(text) !== null);
const socketPath = (): string => join(dataDir, 'redis/redis.sock');
const pidFile = (): string => join(dataDir, 'redis/redis.pid');

async function command(...args: string[]): Promise<unknown> {
  const reply = await redisCommand(socketPath(), args);
  if (reply.kind === 'value') return reply.value;
  return reply.kind === 'list' ? reply.values : reply;
}

async function redisPid(): Promise<number> {
  return Number(await readFile(pidFile(), 'utf8'));
}

async function exists(pid: number): Promise<boolean> {
  return (await identify(pid)) !== undefined;
}

test('startManagedRedis(): a Redis that commits to disk before it answers, for us alone', async () => {
  const redis = await start();
  expect(redis.socketPath).toBe(socketPath());
  const settings = {
    port: '0',
    appendonly: 'yes',
    appendfsync: 'always',
    'no-appendfsync-on-rewrite': 'no',
    'aof-load-truncated': 'no',
    'maxmemory-policy': 'noeviction',
    save: '',
  };
  for (const [name, value] of Object.entries(settings)) {
    expect(await command('CONFIG', 'GET', name)).toEqual([name, value]);
  }
  expect((await stat(join(dataDir, 'redis'))).mode & 0o777).toBe(0o700);
  expect((await stat(socketPath())).mode & 0o777).toBe(0o700);
});

test('startManagedRedis(): a Redis that is killed is started again with its data', async () => {
  await start();
  await command('SET', 'mail', 'kept');
  const pid = await redisPid();
  process.kill(pid, 'SIGKILL');
  await until(async () => (await command('GET', 'mail')) === 'kept' && (await redisPid()) !== pid);
  expect(logged(`process ${pid} was killed by SIGKILL; starting it again in 100 ms`)).toBe(true);
});

test('stop(): leaves no process, no socket and the directory to the next start, which has the data', async () => {
  const redis = await start();
  await command('SET', 'mail', 'kept');
  const pid = await redisPid();
  await redis.stop();
  expect(await exists(pid)).toBe(false);
  await expect(access(socketPath())).rejects.toThrow('ENOENT');
  await redis.stop();
  await start();
  expect(await command('GET', 'mail')).toBe('kept');
});

test('startManagedRedis(): the Redis of a relay that was killed is replaced, its data intact', async () => {
  await leaveBehind(
    'managed-redis',
    `children.startManagedRedis({ maxmemoryBytes: 1073741824, dataDir: ${JSON.stringify(dataDir)}, log() {} })`,
  );
  const orphan = await redisPid();
  expect(await exists(orphan)).toBe(true);
  await command('SET', 'mail', 'kept');
  await start();
  expect(await exists(orphan)).toBe(false);
  expect(await redisPid()).not.toBe(orphan);
  expect(await command('GET', 'mail')).toBe('kept');
  expect(logged(`process ${orphan} was left behind by a relay that was killed; replacing it`)).toBe(true);
});

test('startManagedRedis(): an orphan that hangs is replaced as well', async () => {
  await leaveBehind(
    'managed-redis',
    `children.startManagedRedis({ maxmemoryBytes: 1073741824, dataDir: ${JSON.stringify(dataDir)}, log() {} })`,
  );
  const orphan = await redisPid();
  await command('SET', 'mail', 'kept');
  process.kill(orphan, 'SIGSTOP');
  setTimeout(() => process.kill(orphan, 'SIGCONT'), 3000);
  await start();
  expect(await exists(orphan)).toBe(false);
  expect(await command('GET', 'mail')).toBe('kept');
});

test('startManagedRedis(): the Redis of a relay that lives is left alone', async () => {
  await start();
  const pid = await redisPid();
  await expect(start()).rejects.toThrow(/process \d+ uses this directory/);
  expect(await exists(pid)).toBe(true);
  expect(await command('PING')).toBe('PONG');
});

test('startManagedRedis(): of several relays that start in the same moment one has the directory', async () => {
  const starts = await Promise.allSettled([start(), start(), start(), start()]);
  expect(starts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const one of starts) {
    if (one.status === 'rejected') expect(String(one.reason)).toMatch(/uses this directory/);
  }
  expect(await command('PING')).toBe('PONG');
});

test('startManagedRedis(): a relay of before, which locks nothing, keeps its directory', async () => {
  await mkdir(join(dataDir, 'redis'));
  // Any other process that lives as long as this test.
  const other = await identify(process.ppid);
  await writeFile(join(dataDir, 'redis/owner'), `${process.ppid} ${other?.startTicks}\n`);
  // However often it is asked for.
  for (let times = 0; times < 2; times += 1)
    await expect(start()).rejects.toThrow(`process ${process.ppid} uses this directory`);
});

test('startManagedRedis(): a relay before that had our own number is nobody else', async () => {
  await mkdir(join(dataDir, 'redis'));
  const self = await identify(process.pid);
  await writeFile(join(dataDir, 'redis/owner'), `${process.pid} ${self?.startTicks}\n`);
  await expect(start()).resolves.toBeDefined();
});

test('startManagedRedis(): a command that is at the queue is waited for', async () => {
  const command = await start();
  const relay = start(60_000);
  await sleep(300);
  await command.stop();
  await expect(relay).resolves.toBeDefined();
});

test('startManagedRedis(): a Redis that hangs is ended and started again with its data', async () => {
  const log = (event: LogEvent): void => void events.push(event);
  const hangs = { probeMs: 50, probes: 2 };
  running.push(await startManagedRedis({ dataDir, maxmemoryBytes: 1024 ** 3, log, hangs }));
  await command('SET', 'mail', 'kept');
  const pid = await redisPid();
  process.kill(pid, 'SIGSTOP');
  await until(async () => logged(`process ${pid} is alive and does not answer: it is ended`));
  await until(async () => (await redisPid()) !== pid && (await command('GET', 'mail')) === 'kept');
  expect(logged(`process ${pid} was killed by SIGKILL; starting it again in 100 ms`)).toBe(true);
});

test('startManagedRedis(): a Redis that is only slow now and then is left alone', async () => {
  const log = (event: LogEvent): void => void events.push(event);
  const hangs = { probeMs: 20, probes: 5 };
  running.push(await startManagedRedis({ dataDir, maxmemoryBytes: 1024 ** 3, log, hangs }));
  const pid = await redisPid();
  for (let time = 0; time < 3; time += 1) {
    process.kill(pid, 'SIGSTOP');
    // A probe or two.
    await sleep(3_000);
    process.kill(pid, 'SIGCONT');
    await command('PING');
    await sleep(200);
  }
  expect(logged('does not answer')).toBe(false);
  expect(await redisPid()).toBe(pid);
});

test('startManagedRedis(): a Redis of another directory at our socket is left alone', async () => {
  await mkdir(join(dataDir, 'redis'));
  const args = ['--port', '0', '--unixsocket', socketPath(), '--dir', dataDir, '--save', ''];
  const foreign = spawn('redis-server', args, { stdio: 'ignore' });
  await until(async () => (await command('PING')) === 'PONG');
  await expect(start()).rejects.toThrow('belongs to another program');
  expect(await command('PING')).toBe('PONG');
  foreign.kill();
  await once(foreign, 'exit');
});

test('startManagedRedis(): a program that is no Redis at our socket is left alone', async () => {
  await mkdir(join(dataDir, 'redis'));
  const foreign = createServer((socket) => socket.end('220 mx.example.org ESMTP\r\n'));
  foreign.listen(socketPath());
  await once(foreign, 'listening');
  await expect(start()).rejects.toThrow('belongs to another program');
  expect(foreign.listening).toBe(true);
  foreign.close();
});

test('startManagedRedis(): waits until all data is loaded, and says so meanwhile', async () => {
  const redis = await start();
  const script = "for i = 1, 14000 do redis.call('SET', i, i) end";
  await command('EVAL', script, '0');
  await redis.stop();
  const slow = join(dataDir, 'slow-redis');
  await writeFile(slow, '#!/bin/sh\nexec redis-server "$@" --key-load-delay 500\n', { mode: 0o700 });
  running.push(
    await startManagedRedis({
      dataDir,
      maxmemoryBytes: 1024 ** 3,
      log: (event) => events.push(event),
      executable: slow,
    }),
  );
  expect(await command('GET', '14000')).toBe('14000');
  expect(
    logged(/^redis-server: loading its append-only file, [1-9][\d.]* % done; no mail is taken yet/),
  ).toBe(true);
});

test('startManagedRedis(): a program that is not there is named with its Debian package', async () => {
  const starting = startManagedRedis({
    dataDir,
    maxmemoryBytes: 1024 ** 3,
    log: (event) => events.push(event),
    executable: '/nowhere/redis',
  });
  await expect(starting).rejects.toThrow(
    'redis-server cannot run /nowhere/redis (ENOENT): install the Debian package redis-server',
  );
});

test('startManagedRedis(): a path too long for a socket is said to be so', async () => {
  const long = join(dataDir, 'x'.repeat(100));
  await expect(startManagedRedis({ dataDir: long, maxmemoryBytes: 0, log: () => undefined })).rejects.toThrow(
    'a Unix socket may have 107',
  );
});

test('startManagedRedis(): ceremony is not logged, and a start that fails says why', async () => {
  const redis = await start();
  await redis.stop();
  expect(logged(/Redis is starting|Configuration loaded|ready to exit/)).toBe(false);
  const sulking = join(dataDir, 'sulking-redis');
  await writeFile(sulking, '#!/bin/sh\necho "1:M 01 Jan 2026 00:00:00.000 # not today"; exit 1\n', {
    mode: 0o700,
  });
  const log = (event: LogEvent): void => void events.push(event);
  await expect(
    startManagedRedis({ dataDir, maxmemoryBytes: 1024 ** 3, log, executable: sulking }),
  ).rejects.toThrow(/redis-server ended with exit status 1; .*not today/);
});
