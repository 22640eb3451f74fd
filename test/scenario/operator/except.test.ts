import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Lab } from '../../lab/lab.ts';
import { askStatus } from '../../../src/status/ask-status.ts';
import { until } from '../../lab/until.ts';
import { belongings } from '../../support/belongings.ts';
import { runCommand, type Ended } from '../../support/run-command.ts';
import { labSettings, startRelay, type RunningRelay } from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';
import { startSmallLab } from '../../support/small-lab.ts';

/** Domains whose mail waits: their TLSA records match nothing. */
let lab: Lab;
let relay: RunningRelay;
const keep = belongings();
beforeAll(async () => {
  lab = await startSmallLab();
  relay = await startRelay({ set: settings() });
});
afterAll(async () => {
  await relay?.[Symbol.asyncDispose]();
  await lab?.stop();
});

function settings(): Record<string, string> {
  return { ...labSettings(lab), 'tls.level': 'dane', 'log.format': 'postfix' };
}

function except(words: readonly string[], { dataDir } = relay): Promise<Ended> {
  return runCommand(['except', ...words], { data_dir: dataDir, 'tls.level': 'dane' });
}

async function remove(...names: readonly string[]): Promise<void> {
  expect((await except(['remove', ...names])).code).toBe(0);
}

function metric(text: string, name: string): number {
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  return Number(line?.slice(name.length));
}

async function deferred(to: string, at = relay): Promise<string> {
  const queueId = await sendMail(at.port, { to });
  await at.line(new RegExp(`${queueId}: to=.*status=deferred \\(Server certificate not verified\\)`));
  return queueId;
}

it('mail that waits is due at once and goes at the level of the exception; afterwards it waits again', async () => {
  const waiting = await deferred('user@wrong-key.test');
  const { code, stdout } = await except([
    'wrong-key.test',
    '--level',
    'encrypt',
    '--until',
    '+3d',
    '--reason',
    'their new key has no record yet',
  ]);
  expect(code).toBe(0);
  expect(stdout.toString()).toMatch(
    /^wrong-key\.test: level encrypt until \S+Z \(for \w+\), in place of dane \(tls\.level\)\n {2}until then mail for it goes over TLS only, but to whoever answers: somebody on the way may take it\n {2}\d deliver(?:y is|ies are) due now\n$/,
  );
  await relay.line(new RegExp(`${waiting}: to=.*relay=mx\\.wrong-key\\.test.*status=sent`));
  await relay.line(
    /smtp\[\d+\]: exception for wrong-key\.test: level encrypt until \S+Z, set by uid 0: their new key has no record yet$/,
  );
  await relay.line(
    /smtp\[\d+\]: mail for wrong-key\.test goes at level encrypt by exception until \S+Z, set by uid 0: their/,
  );
  await relay.line(/Untrusted TLS connection established to mx\.wrong-key\.test/);
  const counted = await relay.metrics();
  expect(metric(counted, 'dane_relay_exceptions')).toBe(1);
  expect(metric(counted, 'dane_relay_excepted_deliveries_total{status="sent"}')).toBe(1);

  await remove('wrong-key.test');
  await relay.line(/exception for wrong-key\.test is removed by uid 0: it was level encrypt until/);
  // The session that was made under it may still be open, and must not be used.
  await deferred('user@wrong-key.test');
  expect(metric(await relay.metrics(), 'dane_relay_exceptions')).toBe(0);
});

it('one that raises the level keeps mail from hosts that cannot prove themselves', async () => {
  const queueId = await sendMail(relay.port, { to: 'user@unsigned.test' });
  await relay.line(new RegExp(`${queueId}: to=.*status=sent`));
  await except(['unsigned.test', '--level', 'dane-only', '--until', '+1h', '--reason', 'r']);
  await relay.line(/exception for unsigned\.test: level dane-only/);
  const later = await sendMail(relay.port, { to: 'user@unsigned.test' });
  await relay.line(new RegExp(`${later}: to=.*dsn=4\\.7\\.5, status=deferred`));
  await remove('unsigned.test');
});

it('is shown in lines and as JSON, at the socket too, and another one takes its place', async () => {
  const wish = ['--until', '2100-01-01T00:00Z', '--reason', 'r'];
  expect((await except(['list'])).stdout.toString()).toBe('There are no exceptions\n');
  expect((await except(['good.test', '--level', 'may', ...wish])).code).toBe(64);
  await except(['good.test', '--level', 'may', '--until', '+2d', '--reason', 'first']);
  await except(['good.test', '--level', 'encrypt', '--until', '+1d', '--reason', 'second']);
  await except(['.good.test', '--level', 'dane', '--until', '+3d', '--reason', 'third']);
  const { stdout } = await except(['list']);
  expect(stdout.toString()).toMatch(
    /^good\.test: level encrypt until \S+Z \(for \w+\), set \S+Z by uid 0\n {4}second\n\.good\.test: level dane until \S+Z \(for \w+\), set \S+Z by uid 0\n {4}third\n$/,
  );
  const json = (await except(['list', '--json'])).stdout.toString().trim().split('\n');
  expect(JSON.parse(json[0] ?? '')).toMatchObject({
    schema: 1,
    domain: 'good.test',
    level: 'encrypt',
    reason: 'second',
    by: 'uid 0',
  });
  const socket = join(relay.dataDir, 'relay.sock');
  const shown = await askStatus(socket, '/api/except');
  expect(JSON.parse(shown?.body ?? '')).toMatchObject({
    schema: 1,
    exceptions: expect.arrayContaining([expect.objectContaining({ domain: 'good.test' })]) as unknown,
  });
  const post = (path: string, body: object): ReturnType<typeof askStatus> =>
    askStatus(socket, path, { method: 'POST', body: JSON.stringify(body) });
  expect(await post('/api/except/remove', { domain: '.good.test' })).toMatchObject({ status: 200 });
  expect(await post('/api/except/remove', { domain: '.good.test' })).toMatchObject({ status: 404 });
  const until = Date.now() + 60_000;
  const wished = { domain: 'half.test', level: 'may', until, reason: 'by hand' };
  expect(await post('/api/except', wished)).toMatchObject({ status: 200 });
  expect(await post('/api/except', { ...wished, until: '2026-12-01' })).toMatchObject({ status: 400 });
  expect(await post('/api/except', { ...wished, reason: '' })).toMatchObject({ status: 400 });
  await relay.line(/exception for half\.test: level may until \S+, set by the socket: by hand/);
  await remove('good.test', 'half.test');
  const again = await except(['remove', 'good.test']);
  expect([again.code, again.stdout.toString()]).toEqual([75, 'good.test: there is no exception\n']);
});

it('that is over does not count, is removed, and the log says so', async () => {
  const waiting = await deferred('user@wrong-cert.test');
  await using redis = await redisOf(relay);
  const past = { level: 'may', until: Date.now() - 1, reason: 'r', setAt: Date.now() - 1_000, by: 'uid 0' };
  const base = '{dane-relay}:';
  await redis.client.hset(`${base}exceptions`, {
    'wrong-cert.test': JSON.stringify(past),
    'strange.test': '{"level":"none"}',
  });
  await redis.client.publish(`${base}excepted`, '');
  await relay.line(/exception for wrong-cert\.test is over: it was level may until/);
  await relay.line(/error: exception for strange\.test cannot be read and does not count/);
  expect(await redis.client.hkeys(`${base}exceptions`)).toEqual(['strange.test']);
  await runCommand(['queue', 'flush', waiting], { data_dir: relay.dataDir });
  await deferred('user@wrong-cert.test');
  expect(relay.matching(new RegExp(`${waiting}: to=.*status=sent`))).toEqual([]);
  await remove('strange.test');
});

it('set while no relay runs, it counts from the first delivery on, and the log says who has set it', async () => {
  const first = await startRelay({ set: settings(), dataDir: join(lab.directory, 'stopped') });
  const waiting = await deferred('user@wrong-key.test', first);
  await first.stop();
  const { code, stderr } = await except(
    ['wrong-key.test', '--level', 'may', '--until', '+3h', '--reason', 'r'],
    first,
  );
  expect([code, stderr]).toEqual([
    0,
    'dane-relay: no relay is running here: nothing is delivered until one does\n',
  ]);
  const second = keep(await startRelay({ set: settings(), dataDir: first.dataDir }));
  await second.line(/exception for wrong-key\.test: level may until \S+, set by uid 0/);
  await second.line(new RegExp(`${waiting}: to=.*status=sent`));
  expect(second.matching(new RegExp(`${waiting}: to=.*status=deferred`))).toEqual([]);
});

it('all relays of a queue obey it', async () => {
  const url = `unix://${join(relay.dataDir, 'redis', 'redis.sock')}`;
  const shared = { ...settings(), 'redis.url': url, 'redis.prefix': 'several' };
  const [one, two] = [keep(await startRelay({ set: shared })), keep(await startRelay({ set: shared }))];
  const set = { data_dir: one.dataDir, 'redis.url': url, 'redis.prefix': 'several' };
  const wish = ['wrong-key.test', '--level', 'may', '--until', '+1h', '--reason', 'r'];
  expect((await runCommand(['except', ...wish], set)).code).toBe(0);
  const known = async (at: RunningRelay): Promise<number> =>
    metric(await at.metrics(), 'dane_relay_exceptions');
  await until(async () => (await known(one)) === 1 && (await known(two)) === 1, 'both relays know of it');
  // One of them has said who it was.
  const said = [one, two].flatMap((at) => at.matching(/exception for wrong-key\.test: level may/));
  expect(said).toHaveLength(1);
});

async function redisOf({ dataDir }: RunningRelay) {
  const client = new Redis({ path: join(dataDir, 'redis', 'redis.sock'), lazyConnect: true });
  await client.connect();
  return {
    client,
    [Symbol.asyncDispose]: async () => {
      await client.quit();
    },
  };
}
