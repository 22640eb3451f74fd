import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { labSettings, startRelay, type RunningRelay } from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';
import { startPolicyLab, type PolicyLab } from './policy-world.ts';

let world: PolicyLab;
let relay: RunningRelay;

beforeAll(async () => {
  const names = ['kept', 'raised', 'mended', 'single'];
  world = await startPolicyLab(new Map(names.map((name) => [name, 'named'])));
});
afterAll(() => world?.lab.stop());
afterEach(() => relay?.[Symbol.asyncDispose]());

async function start(...policies: readonly string[]): Promise<void> {
  const set = {
    ...labSettings(world.lab),
    'tls.CAfile': world.files.authority,
    'delivery.connection_cache_time_limit': '30s',
    'queue.minimal_backoff': '1s',
    'queue.maximal_backoff': '1s',
  };
  relay = await startRelay({ set, policies });
}

/** As an operator would: a new file, then SIGHUP. */
async function reload(...policies: readonly string[]): Promise<void> {
  await writeFile(path.join(relay.dataDir, 'tls_policy'), `${policies.join('\n')}\n`);
  const had = relay.matching(/policy entries$/).length;
  relay.signal('SIGHUP');
  await expect.poll(() => relay.matching(/policy entries$/).length).toBe(had + 1);
}

async function verdictOn(name: string): Promise<string> {
  const id = await sendMail(relay.port, { to: `user@${name}.cases.test` });
  return relay.line(new RegExp(`${id}: to=.*status=`));
}

const sessions = (): number => world.lab.host('named.hosts.test').sessions.length;

test('SIGHUP keeps the connections of a destination whose policy is the same', async () => {
  await start('kept.cases.test verify');
  await verdictOn('kept');
  const had = sessions();
  await reload('kept.cases.test verify match=hostname', 'raised.cases.test secure');
  expect(await verdictOn('kept')).toMatch(/status=sent/);
  expect(relay.matching(/Verified TLS connection reused to named/)).toHaveLength(1);
  expect(sessions()).toBe(had);
});

test('SIGHUP ends those made under another policy', async () => {
  await start('raised.cases.test encrypt');
  expect(await verdictOn('raised')).toMatch(/status=sent/);
  const had = sessions();
  await reload('raised.cases.test secure');
  expect(await verdictOn('raised')).toMatch(/status=deferred \(Server certificate not verified\)/);
  expect(sessions()).toBe(had + 1);
  expect(relay.matching(/TLS connection reused/)).toEqual([]);
});

test('mail that waited for an entry to be mended goes out', async () => {
  await start('mended.cases.test secure match=');
  const verdict = await verdictOn('mended');
  expect(verdict).toMatch(/client TLS configuration problem/);
  await reload('mended.cases.test secure match=.hosts.test');
  const [, id] = /: (\w+): to=/.exec(verdict) ?? [];
  await relay.line(new RegExp(`${id}: to=.*status=sent`));
});

test('connection_reuse=no closes a connection after its message', async () => {
  await start('single.cases.test encrypt connection_reuse=no');
  await verdictOn('single');
  const had = sessions();
  await verdictOn('single');
  expect(sessions()).toBe(had + 1);
});
