import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { chooseAddresses } from '../../lab/address-space.ts';
import { startMailHost } from '../../lab/mail-host.ts';
import { until } from '../../lab/until.ts';
import { belongings } from '../../support/belongings.ts';
import { startPrivateRedis } from '../../support/private-redis.ts';
import { runCommand } from '../../support/run-command.ts';
import { launchRelay, removeDataDir, startRelay, type RunningRelay } from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';
import { handOver } from './load.ts';

/*
 * One relay as two processes with one data_dir, as docs/operating.md says: an intake and a delivery, on a Redis that is
 * neither's.
 */

const keep = belongings();

/** The settings of the Redis in docs/operating.md, apart from its places. */
async function documentedRedis(): Promise<Readonly<Record<string, string>>> {
  const page = await readFile(new URL('../../../docs/operating.md', import.meta.url), 'utf8');
  const [, block = ''] = /redis-dane-relay\.conf`.*?```\n(.*?)```/s.exec(page) ?? [];
  const lines = block.split('\n').map((line) => line.trim().split(' '));
  const places = ['', 'port', 'dir', 'unixsocket', 'unixsocketperm'];
  const kept = lines.filter(([name = '']) => !places.includes(name));
  return Object.fromEntries(kept.map(([name = '', value = '']) => [name, value.replaceAll('"', '')]));
}

async function openWorld() {
  const dataDir = await mkdtemp(join(tmpdir(), 'two-halves-'));
  keep({ [Symbol.asyncDispose]: () => removeDataDir(dataDir) });
  const redisSettings = await documentedRedis();
  expect(redisSettings).toMatchObject({ appendfsync: 'always', 'aof-load-truncated': 'no' });
  const redis = keep(await startPrivateRedis(redisSettings));
  const space = await chooseAddresses();
  const place = { name: 'mx.test', address: space.address(1), port: space.port };
  const host = await startMailHost(place, { startTls: false });
  keep({ [Symbol.asyncDispose]: () => host.stop() });
  const policies = join(dataDir, 'policy');
  await writeFile(policies, '');
  const set = {
    'redis.url': `unix://${redis.socketPath}`,
    'dns.servers': '127.0.0.1:9',
    'dns.dnssec_probe': '',
    'tls.level': 'none',
    'tls.policy_maps': policies,
    'delivery.port': String(space.port),
  };
  const arrived = (subject: string): number =>
    host.messages.filter(({ data }) => data.includes(`Subject: ${subject}\r\n`)).length;
  const start = async (role: 'intake' | 'delivery'): Promise<RunningRelay> =>
    keep(await startRelay({ set, role, dataDir }));
  return {
    set,
    dataDir,
    policies,
    start,
    mailbox: `rcpt@[${space.address(1)}]`,
    send: ({ port }: RunningRelay, subject: string) =>
      sendMail(port, { to: `rcpt@[${space.address(1)}]`, subject }),
    async deliveredOnce(subject: string): Promise<void> {
      await until(() => arrived(subject) > 0, `the message "${subject}"`);
      expect(arrived(subject)).toBe(1);
    },
    async health(): Promise<readonly [code: number | null, text: string]> {
      const { code, stdout } = await runCommand(['health'], { data_dir: dataDir });
      return [code, stdout.toString()];
    },
  };
}

/** With both halves at work. */
async function openRelay() {
  const world = await openWorld();
  const delivery = await world.start('delivery');
  return { ...world, delivery, intake: await world.start('intake') };
}

const well = [0, 'ok\n'];

/** Name and labels -> value of the counters, the sum of the processes as Prometheus makes it. */
async function sums(...relays: readonly RunningRelay[]): Promise<ReadonlyMap<string, number>> {
  const all = new Map<string, number>();
  for (const text of await Promise.all(relays.map((relay) => relay.metrics()))) {
    for (const [, name = '', value] of text.matchAll(/^(dane_relay_\S*?_total(?:\{[^}]*\})?) (\S+)$/gm)) {
      all.set(name, (all.get(name) ?? 0) + Number(value));
    }
  }
  return all;
}

it('each says that it is ready, mail goes through both, and what one relay counts is the sum of both', async () => {
  const { intake, delivery, send, deliveredOnce, health } = await openRelay();
  expect(intake.matching(/: ready$/)).toHaveLength(1);
  expect(delivery.matching(/listening on nothing: deliveries only/)).toHaveLength(1);
  const ids = await Promise.all([1, 2, 3, 4, 5].map((nth) => send(intake, `counted ${nth}`)));
  await Promise.all(ids.map((id) => delivery.line(new RegExp(`${id}: removed`))));
  for (const nth of [1, 2, 3, 4, 5]) await deliveredOnce(`counted ${nth}`);
  const all = await sums(intake, delivery);
  const counted = [
    'dane_relay_events_total{event="client connected"}',
    'dane_relay_events_total{event="message-id"}',
    'dane_relay_events_total{event="active"}',
    'dane_relay_events_total{event="removed"}',
    'dane_relay_deliveries_total{status="sent"}',
  ];
  expect(counted.map((name) => [name, all.get(name)])).toEqual(counted.map((name) => [name, 5]));
  expect(await health()).toEqual(well);
});

it('both read their files again at SIGHUP, and health has what either could not read', async () => {
  const { intake, delivery, policies, health } = await openRelay();
  const both = [intake, delivery];
  await rm(policies);
  for (const one of both) one.signal('SIGHUP');
  await Promise.all(both.map((one) => one.line(/the old TLS policy stays in force/)));
  // It is the same for both, and told once.
  expect(await health()).toEqual([75, expect.stringMatching(/^TLS policy: [^;\n]*\n$/)]);
  await writeFile(policies, '');
  for (const one of both) one.signal('SIGHUP');
  await until(async () => (await health())[0] === 0, 'both to have read it');
});

it('the delivery is killed: mail is taken, health tells, and the next one delivers each message once', async () => {
  const { start, intake, delivery, send, deliveredOnce, health } = await openRelay();
  await delivery.kill();
  for (const nth of [1, 2, 3]) await send(intake, `meanwhile ${nth}`);
  expect(await health()).toEqual([
    75,
    `delivery: the process with --role delivery (${delivery.pid}) does not answer, and nobody has stopped it\n`,
  ]);
  await start('delivery');
  for (const nth of [1, 2, 3]) await deliveredOnce(`meanwhile ${nth}`);
  expect(await health()).toEqual(well);
});

it('the intake is killed: what it has taken is delivered, health tells, and the next one takes mail', async () => {
  const { start, intake, send, deliveredOnce, health } = await openRelay();
  await send(intake, 'its last');
  await intake.kill();
  await deliveredOnce('its last');
  expect(await health()).toEqual([
    75,
    `intake: the process with --role intake (${intake.pid}) does not answer, and nobody has stopped it\n`,
  ]);
  await send(await start('intake'), 'its first');
  await deliveredOnce('its first');
  expect(await health()).toEqual(well);
});

it('each is stopped on its own, in good order, and that is nothing to worry about', async () => {
  const { start, intake, delivery, send, deliveredOnce, health } = await openRelay();
  expect(await delivery.stop()).toBe(0);
  await send(intake, 'for later');
  expect(await health()).toEqual(well);
  expect(await intake.stop()).toBe(0);
  expect(await health()).toEqual([75, 'no relay is running here\n']);
  await start('delivery');
  await deliveredOnce('for later');
});

it('in a log file of both, each line of a message is there once, its client first', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'two-halves-log-'));
  keep({ [Symbol.asyncDispose]: () => rm(directory, { recursive: true }) });
  const file = join(directory, 'mail.log');
  const text = (): Promise<string> => readFile(file, 'utf8').catch(() => '');
  const { set, dataDir, mailbox } = await openWorld();
  const halves = await Promise.all(
    (['delivery', 'intake'] as const).map((role) =>
      launchRelay({ set: { ...set, 'log.file': file }, role, dataDir }),
    ),
  );
  for (const half of halves) keep(half);
  await until(async () => (await text()).match(/: ready$/gm)?.length === 2, 'both to be ready');
  const port = Number(/listening on 127\.0\.0\.1:(\d+)/.exec(await text())?.[1]);
  const clients = Array.from({ length: 10 }, async (_, client) => {
    const ids: string[] = [];
    for (let nth = 0; nth < 20; nth += 1) {
      const handed = await handOver(port, [mailbox], `${client}-${nth}`, 2_000);
      if (handed.kind === 'accepted') ids.push(handed.queueId);
    }
    return ids;
  });
  const ids = (await Promise.all(clients)).flat();
  expect(ids).toHaveLength(200);
  const isOver = async (): Promise<boolean> => (await text()).match(/: removed$/gm)?.length === ids.length;
  await until(isOver, 'all to be removed');
  await Promise.all(halves.map((half) => half.stop()));
  const lines = new Map<string, string[]>();
  for (const [, component = '', id = '', rest = ''] of (await text()).matchAll(
    /dane-relay\/(\w+)\[\d+\]: (\w+): (.*)$/gm,
  )) {
    const seen = lines.get(id) ?? [];
    const word = /^(client=|message-id=|from=|to=|removed)/.exec(rest)?.[1];
    if (word !== undefined) lines.set(id, [...seen, `${component} ${word}`]);
  }
  const ofIntake = ['smtpd client=', 'cleanup message-id=', 'qmgr from='];
  const ofDelivery = ['smtp to=', 'qmgr removed'];
  for (const id of ids) {
    const seen = lines.get(id) ?? [];
    expect(seen[0]).toBe('smtpd client=');
    expect(seen.filter((line) => ofIntake.includes(line))).toEqual(ofIntake);
    expect(seen.filter((line) => ofDelivery.includes(line))).toEqual(ofDelivery);
  }
});
