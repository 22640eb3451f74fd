import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../../lab/until.ts';
import { belongings } from '../../support/belongings.ts';
import { startPrivateRedis } from '../../support/private-redis.ts';
import { removeDataDir, startRelay, type RunningRelay } from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';
import { daysAgo, reportIn, startReportsLab, summaryOf, type ReportsLab } from './reports-lab.ts';

/** Two relays on one Redis count together, also if they are killed; one report comes of it. */

let world: ReportsLab;
const keep = belongings();
const dataDirs: string[] = [];
beforeAll(async () => {
  world = await startReportsLab();
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
  for (const directory of dataDirs) await removeDataDir(directory);
});

async function relayOn(redis: string, env: Readonly<Record<string, string>> = {}): Promise<RunningRelay> {
  const dataDir = await mkdtemp(join(tmpdir(), 'dane-relay-nodes-'));
  dataDirs.push(dataDir);
  // Each message has a session of its own.
  const set = { ...world.settings, 'redis.url': `unix://${redis}`, 'delivery.connection_reuse': 'false' };
  return keep(await startRelay({ dataDir, set, env }));
}

async function deliver(relay: RunningRelay, times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    await sendMail(relay.port, { to: 'user@good.test' });
    // Another node may be the one that delivers it.
    await world.lab.host('mx.good.test').waitForMessages((delivered += 1), 60_000);
  }
}
let delivered = 0;

it('counts are neither lost nor doubled by a crash, and one node sends the report', async () => {
  const redis = keep(await startPrivateRedis());
  const one = await relayOn(redis.socketPath, daysAgo);
  const other = await relayOn(redis.socketPath, daysAgo);
  await deliver(one, 3);
  await deliver(other, 2);
  await settled([one, other], 5);
  await one.kill();
  await deliver(other, 1);
  await settled([one, other], 6);
  await other.kill();
  await redis.kill();
  await redis.restart();

  const nodes = [await relayOn(redis.socketPath), await relayOn(redis.socketPath)];
  const host = world.lab.host('mx.reports.test');
  await host.waitForMessages(1, 60_000);
  const ended = await Promise.all(nodes.map((node) => node.stop()));
  expect(ended).toEqual([0, 0]);
  expect(host.messages).toHaveLength(1);
  expect(summaryOf(reportIn(host.messages[0]?.data ?? Buffer.alloc(0)))).toEqual(['tlsa mx.good.test 6/0']);
  expect(nodes.flatMap((node) => node.matching(/TLS report for good\.test .* sent/))).toHaveLength(1);
});

/** So many outcomes are stored. */
async function settled(relays: readonly RunningRelay[], count: number): Promise<void> {
  await until(() => relays.flatMap((relay) => relay.matching(/: removed$/)).length === count);
}
