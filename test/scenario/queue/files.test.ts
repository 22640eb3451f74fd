import { mkdtemp, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startManagedRedis, type ManagedRedis } from '../../../src/children/managed-redis.ts';
import { redisCommand } from '../../../src/children/redis-socket.ts';
import type { LogEvent } from '../../../src/core/log/log-event.ts';
import { runCommand } from '../../support/run-command.ts';
import { until } from '../../lab/until.ts';

let dataDir: string;
let events: LogEvent[];
let running: ManagedRedis | undefined;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'queue-files-'));
  events = [];
});
afterEach(async () => {
  await running?.stop();
  running = undefined;
  await rm(dataDir, { recursive: true });
});

const files = (): string => join(dataDir, 'redis/appendonlydir');
const increment = (sequence = 1): string => join(files(), `appendonly.aof.${sequence}.incr.aof`);
const manifest = (): string => join(files(), 'appendonly.aof.manifest');

async function start(): Promise<ManagedRedis> {
  running = await startManagedRedis({
    dataDir,
    maxmemoryBytes: 1024 ** 3,
    log: (event) => events.push(event),
  });
  return running;
}

async function stop(): Promise<void> {
  await running?.stop();
  running = undefined;
}

async function command(...args: string[]): Promise<unknown> {
  const reply = await redisCommand(join(dataDir, 'redis/redis.sock'), args);
  return reply.kind === 'value' ? reply.value : reply;
}

/** As a script of ours writes a message: in a transaction of several commands. */
const script = `redis.call('HSET', KEYS[1], 'record', ARGV[1]) redis.call('ZADD', '{dane-relay}:d:x.test', 1, KEYS[1]) return redis.status_reply('OK')`;

/** A queue of so many messages, stopped. */
async function queueOf(count: number): Promise<void> {
  await start();
  for (let number = 1; number <= count; number += 1) {
    const record = `${number}:${'r'.repeat(300)}`;
    expect(await command('EVAL', script, '1', `{dane-relay}:m:${number}`, record)).toBe('OK');
  }
  await stop();
}

async function messages(): Promise<number> {
  const keys = await command('EVAL', "return tostring(#redis.call('KEYS', '{dane-relay}:m:*'))", '0');
  return Number(keys);
}

/** Makes a length in the middle of the file much larger than it is. */
async function damageLength(): Promise<number> {
  const octets = await readFile(increment());
  const at = octets.indexOf('$30', Math.floor(octets.length / 2));
  await writeFile(
    increment(),
    Buffer.concat([
      octets.subarray(0, at),
      Buffer.from('$9000000'),
      octets.subarray(octets.indexOf('\r\n', at)),
    ]),
  );
  return octets.length;
}

const state = async (): Promise<readonly [string, Buffer][]> =>
  Promise.all(
    (await readdir(files()))
      .toSorted()
      .map(async (name): Promise<[string, Buffer]> => [name, await readFile(join(files(), name))]),
  );

describe('the files of a private Redis whose last write was cut off', () => {
  it.each([
    [
      'in the middle of a transaction',
      async () => truncate(increment(), (await stat(increment())).size - 70),
    ],
    ['with zeros behind it', async () => writeFile(increment(), Buffer.alloc(4096), { flag: 'a' })],
    [
      'and filled up with zeros',
      async () => {
        const { size } = await stat(increment());
        await truncate(increment(), size - 200);
        await truncate(increment(), size + 4096);
      },
    ],
  ])('%s: it is taken off and kept, and all else is there', async (_, damage) => {
    await queueOf(50);
    const { size } = await stat(increment());
    await damage();
    const before = await readFile(increment());
    await start();
    expect(await messages()).toBeGreaterThanOrEqual(49);
    const line = events.find(({ event }) => event === 'queue files')?.text ?? '';
    const [, octets, kept] =
      /: (\d+) octets that no client has a 250 for are taken off, and kept in (.+)$/.exec(line) ?? [];
    const cut = before.subarray(before.length - Number(octets));
    const text = (bytes: Buffer): string => bytes.toString('latin1').replace(/\0+$/, '');
    expect(text(await readFile(kept ?? ''))).toBe(text(cut));
    expect(Number(octets)).toBeLessThan(5_000);
    expect(size).toBeGreaterThan(20_000);
    // Redis goes on where it was cut.
    expect(await command('EVAL', script, '1', '{dane-relay}:m:new', 'x')).toBe('OK');
    await stop();
    events.length = 0;
    await start();
    expect(await command('HGET', '{dane-relay}:m:new', 'record')).toBe('x');
    expect(events.some(({ event }) => event === 'queue files')).toBe(false);
  });

  it('is mended as well when Redis dies under a relay that runs', async () => {
    await queueOf(20);
    await start();
    const pid = Number(await readFile(join(dataDir, 'redis/redis.pid'), 'utf8'));
    await writeFile(increment(), '*3\r\n$4\r\nHSET\r\n$100\r\n{dane', { flag: 'a' });
    process.kill(pid, 'SIGKILL');
    for (let left = 400; (await messages()) !== 20; left -= 1) {
      if (left === 0) throw new Error('never');
      await sleep(25);
    }
    expect(events.filter(({ event }) => event === 'queue files')).toHaveLength(1);
    await until(() => running?.trouble() === undefined, 'the supervision to know that it is up');
  });
});

describe('files of a private Redis that are damaged', () => {
  it.each([
    ['a length in the middle', damageLength, /behind the first \d+ octets there are \d+ that cannot be read/],
    [
      'octets in the middle',
      async () => {
        const octets = await readFile(increment());
        octets.fill('?', octets.length / 2, octets.length / 2 + 1000);
        await writeFile(increment(), octets);
      },
      /behind the first \d+ octets there are \d+ that cannot be read/,
    ],
    ['no list', () => rm(manifest()), /the list of its files, is missing/],
    ['an empty list', () => truncate(manifest()), /the list of its files, is empty/],
    [
      'a list of something else',
      () => writeFile(manifest(), 'what?\n'),
      /appendonly\.aof\.manifest makes no sense/,
    ],
    [
      'a list without the increment',
      () => writeFile(manifest(), 'file appendonly.aof.1.base.rdb seq 1 type b\n'),
      /appendonly\.aof\.1\.incr\.aof is not on .*, the list of its files/,
    ],
    [
      'a list without the base',
      () => writeFile(manifest(), 'file appendonly.aof.1.incr.aof seq 1 type i\n'),
      /appendonly\.aof\.manifest makes no sense/,
    ],
    [
      'a base that is empty',
      () => truncate(join(files(), 'appendonly.aof.1.base.rdb')),
      /appendonly\.aof\.1\.base\.rdb is empty/,
    ],
    ['an increment that is gone', () => rm(increment()), /appendonly\.aof\.1\.incr\.aof is missing/],
    [
      'a base that is cut off',
      () => truncate(join(files(), 'appendonly.aof.1.base.rdb'), 40),
      /appendonly\.aof\.1\.base\.rdb cannot be read/,
    ],
  ] as const)('%s: no Redis begins with less, and nothing is touched', async (_, damage, reason) => {
    await queueOf(50);
    await damage();
    const before = await state();
    const failure = await start().then(
      () => undefined,
      (error: Error & { exitCode?: number }) => error,
    );
    expect(failure?.message).toMatch(reason);
    expect(failure?.message).toContain('dane-relay queue repair');
    expect(failure?.exitCode).toBe(65);
    expect(await state()).toEqual(before);
  });

  it('that are gone altogether are missed, until the operator says that this is right', async () => {
    await queueOf(3);
    await rename(files(), join(dataDir, 'elsewhere'));
    const mark = join(dataDir, 'redis/queue-kept-here');
    await expect(start()).rejects.toThrow(`its files are gone: put them back, or remove ${mark}`);
    await rename(join(dataDir, 'elsewhere'), files());
    await start();
    expect(await messages()).toBe(3);
    await stop();
    await rm(files(), { recursive: true });
    await rm(mark);
    await start();
    expect(await messages()).toBe(0);
  });

  it.each([
    ['an increment that is not listed yet', () => writeFile(increment(2), '')],
    [
      'a base that is not listed yet',
      () => writeFile(join(files(), 'appendonly.aof.2.base.rdb'), 'REDIS0010'),
    ],
  ])('are not what a crash leaves: %s', async (_, leave) => {
    await queueOf(5);
    await leave();
    await start();
    expect(await messages()).toBe(5);
  });

  it.each([
    ['a base', async () => {}],
    ['a base, and an increment', () => writeFile(increment(), '')],
  ])('are not what a first start leaves that was cut off: %s', async (_, leave) => {
    await start();
    await stop();
    // As if the disk had been full before there was a list.
    await rm(manifest());
    await rm(increment());
    await rm(join(dataDir, 'redis/queue-kept-here'));
    await leave();
    await start();
    expect(await command('SET', 'x', '1')).toBe('OK');
    await stop();
    await start();
    expect(await command('GET', 'x')).toBe('1');
  });

  it('are told of by a relay that runs, which tries again', async () => {
    await queueOf(50);
    await start();
    const pid = Number(await readFile(join(dataDir, 'redis/redis.pid'), 'utf8'));
    await damageLength();
    process.kill(pid, 'SIGKILL');
    for (let left = 400; !/is damaged/.test(running?.trouble() ?? ''); left -= 1) {
      if (left === 0) throw new Error('never');
      await sleep(25);
    }
    expect(running?.trouble()).toContain('dane-relay queue repair');
    expect(events.map(({ text }) => text).join('\n')).toMatch(/is damaged: .*; trying again in 60000 ms/);
  });
});

describe('dane-relay queue repair', () => {
  const set = (): Record<string, string> => ({ data_dir: dataDir });
  const repair = async () => {
    const { code, stdout, stderr } = await runCommand(['queue', 'repair'], set());
    return { code, lines: stdout.toString().trim().split('\n'), stderr };
  };

  it('says so where nothing is wrong', async () => {
    await queueOf(5);
    expect(await repair()).toEqual({
      code: 0,
      lines: ['nothing is wrong with the files of the queue', '5 messages are in the queue'],
      stderr: '',
    });
  });

  it('cuts off what cannot be read, says how much that is, and keeps everything as it was', async () => {
    await queueOf(50);
    await damageLength();
    const before = await state();
    const { code, lines, stderr } = await repair();
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const [cut = '', where = '', count = ''] = lines;
    expect(cut).toMatch(/^\d+ octets behind the first \d+ of appendonly\.aof\.1\.incr\.aof were cut off$/);
    expect(Number(/^(\d+) messages/.exec(count)?.[1])).toBeGreaterThan(20);
    const kept = where.replace('the files as they were are in ', '');
    expect(kept).toContain('/redis/appendonlydir.damaged-');
    const names = (await readdir(kept)).toSorted();
    expect(names).toEqual(before.map(([name]) => name));
    for (const [name, octets] of before) expect(await readFile(join(kept, name))).toEqual(octets);
    await start();
    expect(await messages()).toBe(Number(/^(\d+) messages/.exec(count)?.[1]));
  });

  it.each([
    ['gone', () => rm(manifest())],
    ['cut off', () => writeFile(manifest(), 'file appendonly.aof.1.base.rdb seq 1 type b\n')],
    ['of no use to Redis', async () => truncate(manifest(), (await stat(manifest())).size - 1)],
  ])('writes the list of the files anew where there is no doubt about it: %s', async (_, damage) => {
    await queueOf(30);
    await damage();
    const { code, lines } = await repair();
    expect(code).toBe(0);
    expect(lines).toEqual([
      'the list of the files was written anew',
      expect.stringContaining('the files as they were are in '),
      '30 messages are in the queue',
    ]);
  });

  it('does not guess where there is', async () => {
    await queueOf(3);
    await rm(manifest());
    await writeFile(join(files(), 'appendonly.aof.2.base.rdb'), 'REDIS');
    const before = await state();
    const { code, stderr } = await repair();
    expect(code).toBe(65);
    expect(stderr).toContain('nobody can tell which of the files make up the queue');
    expect(await state()).toEqual(before);
    expect(
      (await readdir(join(dataDir, 'redis'))).filter((name) => name.startsWith('appendonlydir.')),
    ).toEqual([]);
  });

  it('leaves alone what a relay uses, and what is no private Redis', async () => {
    await queueOf(3);
    await start();
    expect(await repair()).toMatchObject({
      code: 75,
      stderr: expect.stringContaining('uses this directory') as string,
    });
    const url = { ...set(), 'redis.url': 'redis://:secret@127.0.0.1:9' };
    const { code, stderr } = await runCommand(['queue', 'repair'], url);
    expect(code).toBe(78);
    expect(stderr).not.toContain('secret');
  });
});
