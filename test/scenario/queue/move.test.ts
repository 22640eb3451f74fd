import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../lab/until.ts';
import type { Lab } from '../../lab/lab.ts';
import { belongings } from '../../support/belongings.ts';
import { startPrivateRedis } from '../../support/private-redis.ts';
import { runCommand } from '../../support/run-command.ts';
import { labSettings, removeDataDir, startRelay } from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';
import { startSmallLab } from '../../support/small-lab.ts';

let lab: Lab;
let dumped: Awaited<ReturnType<typeof dumpedQueue>>;
const keep = belongings();

beforeAll(async () => {
  lab = await startSmallLab();
  dumped = await dumpedQueue();
});
afterAll(() => lab?.stop());

/** A dump of a managed queue with three messages that wait: a small one, one of 700 KB, one for two destinations. */
async function dumpedQueue() {
  const data_dir = await mkdtemp(join(tmpdir(), 'dane-relay-'));
  // Nobody listens at that port: all mail waits.
  const set = { ...labSettings(lab), 'delivery.port': '1', 'queue.minimal_backoff': '1s' };
  const relay = await startRelay({ dataDir: data_dir, set });
  const large = `Subject: large\r\n\r\n${'0123456789abcdefghijklmnopqrstuvwxyz\r\n'.repeat(18_000)}`;
  const small = await sendMail(relay.port, { to: 'a@good.test', subject: 'small' });
  const ids = [
    small,
    await sendMail(relay.port, { to: 'b@good.test', raw: large }),
    await sendMail(relay.port, { to: ['c@good.test', 'd@ta.test'], subject: 'two' }),
  ];
  for (const id of ids) await relay.line(new RegExp(`${id}: to=.*status=deferred`));
  const refused = await runCommand(['queue', 'export'], { data_dir });
  const live = await runCommand(['queue', 'export', '--live'], { data_dir });
  expect(await relay.stop()).toBe(0);
  const dump = await runCommand(['queue', 'export'], { data_dir });
  expect(dump).toMatchObject({ code: 0, stderr: '' });
  await removeDataDir(data_dir);
  return { ids, large, small, dump: dump.stdout, refused, live };
}

async function externalRedis() {
  const redis = keep(await startPrivateRedis());
  return { redis, set: { 'redis.url': `unix://${redis.socketPath}` } };
}

describe('a queue that moves', () => {
  it('from the managed Redis to another one is delivered from there, once, however often it is imported', async () => {
    const { ids, large, small, dump, refused, live } = dumped;
    expect(refused).toMatchObject({ code: 75, stdout: Buffer.alloc(0) });
    expect(refused.stderr).toContain('a relay works on this queue');
    expect(live.code).toBe(0);
    expect(live.stdout.toString()).toContain(small);

    const { set } = await externalRedis();
    const first = await runCommand(['queue', 'import'], set, dump);
    expect(first.stdout.toString()).toBe('3 messages imported, 0 were imported before\n');
    const second = await runCommand(['queue', 'import'], set, dump);
    expect(second.stdout.toString()).toBe('0 messages imported, 3 were imported before\n');
    const list = await runCommand(['queue', 'list', '--json'], set);
    const listed = list.stdout.toString().trim().split('\n');
    expect(listed).toHaveLength(4);
    // What was known of each is still known.
    for (const line of listed)
      expect(line).toMatch(/"attempts":[1-9].*"state":"deferred".*Connection refused/);

    const host = lab.host('mx.good.test');
    const had = host.messages.length;
    const relay = keep(await startRelay({ set: { ...labSettings(lab), ...set } }));
    for (const id of ids) await relay.line(new RegExp(`${id}: removed`));
    // Also after all of it was delivered, and while a relay works on the queue.
    const third = await runCommand(['queue', 'import'], set, dump);
    expect(third.stdout.toString()).toBe('0 messages imported, 3 were imported before\n');
    expect((await runCommand(['queue', 'list'], set)).stdout.toString()).toBe('Mail queue is empty\n');
    const arrived = host.messages.slice(had);
    expect(arrived.map(({ recipients }) => recipients.join()).toSorted()).toEqual([
      'a@good.test',
      'b@good.test',
      'c@good.test',
    ]);
    const whole = arrived.find(({ recipients }) => recipients.includes('b@good.test'));
    const body = whole?.data.subarray(whole.data.length - large.length + large.indexOf('\r\n\r\n'));
    const digest = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex');
    expect(digest(body ?? '')).toBe(digest(large.slice(large.indexOf('\r\n\r\n'))));
  });

  it('reaches a managed Redis too, while a relay works on it', async () => {
    const { ids, dump } = dumped;
    const relay = keep(await startRelay({ set: labSettings(lab) }));
    const { code } = await runCommand(['queue', 'import'], { data_dir: relay.dataDir }, dump);
    expect(code).toBe(0);
    await relay.stop();
    const again = keep(await startRelay({ dataDir: relay.dataDir, set: labSettings(lab) }));
    for (const id of ids) await again.line(new RegExp(`${id}: removed`));
  });
});

describe('an import', () => {
  it('of a dump that was cut off says so, and the whole dump brings the rest', async () => {
    const { dump } = dumped;
    const { set, redis } = await externalRedis();
    for (const share of [0.3, 0.6, 0.9, 0.999]) {
      const cut = await runCommand(['queue', 'import'], set, dump.subarray(0, dump.length * share));
      expect(cut.code).toBe(65);
      expect(cut.stderr).toMatch(/the dump ends .*an import of the whole dump adds the rest/s);
    }
    // Nothing is left of what did not become a message.
    expect(await redis.command('KEYS {dane-relay}:b:import-*')).toBe('*0\r\n');
    const whole = await runCommand(['queue', 'import'], set, dump);
    expect(whole.code).toBe(0);
    expect((await runCommand(['queue', 'list', '--json'], set)).stdout.toString().match(/\n/g)).toHaveLength(
      4,
    );
  });

  it('that is killed in the middle of a message leaves nothing half done', async () => {
    const { dump } = dumped;
    const { set, redis } = await externalRedis();
    const program = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));
    const url = `redis.url=${set['redis.url']}`;
    const child = spawn(process.execPath, [program, 'queue', 'import', '--set', url], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    child.stdin.on('error', () => {});
    child.stdin.write(dump.subarray(0, dump.length * 0.9));
    await until(
      async () => (await redis.command('KEYS {dane-relay}:b:import-*')) !== '*0\r\n',
      'content written ahead',
    );
    child.kill('SIGKILL');
    await once(child, 'exit');
    const before = (await runCommand(['queue', 'list', '--json'], set)).stdout.toString().match(/\n/g);
    expect((before ?? []).length).toBeLessThan(4);
    const { code, stdout } = await runCommand(['queue', 'import'], set, dump);
    expect(code).toBe(0);
    expect(stdout.toString()).toMatch(/^[1-3] messages imported/);
    expect((await runCommand(['queue', 'list', '--json'], set)).stdout.toString().match(/\n/g)).toHaveLength(
      4,
    );
  });

  it('of something else is refused', async () => {
    const { set } = await externalRedis();
    const { code, stderr } = await runCommand(['queue', 'import'], set, 'MZ\n');
    expect(code).toBe(65);
    expect(stderr).toMatch(/line 1 of the dump: a line that is not JSON/);
  });

  it('into a Redis that can lose it is refused', async () => {
    const redis = keep(await startPrivateRedis({ appendfsync: 'no' }));
    const { code, stderr } = await runCommand(['queue', 'import'], {
      'redis.url': `unix://${redis.socketPath}`,
    });
    expect(code).toBe(78);
    expect(stderr).toContain('can lose accepted mail');
  });
});
