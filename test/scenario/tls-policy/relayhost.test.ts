import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  labSettings,
  removeDataDir,
  startRelay,
  type RelayOptions,
  type RunningRelay,
} from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';
import { startPolicyLab, type PolicyLab } from './policy-world.ts';

let world: PolicyLab;
let relay: RunningRelay;

beforeAll(async () => {
  world = await startPolicyLab(
    new Map([
      ['elsewhere', 'named'],
      ['stuck', 'clear'],
      ['mx', 'relay'],
    ]),
  );
});
afterAll(() => world?.lab.stop());
afterEach(() => relay?.[Symbol.asyncDispose]());

/** The port is only said in the relayhost. */
async function start(relayhost: string, options: RelayOptions = {}): Promise<void> {
  const set = {
    ...labSettings(world.lab),
    'delivery.port': '9',
    'delivery.relayhost': relayhost.replace('PORT', String(world.lab.port)),
    ...options.set,
  };
  relay = await startRelay({ ...options, set });
}

async function verdictOn(to: string): Promise<string> {
  const id = await sendMail(relay.port, { to });
  return relay.line(new RegExp(`${id}: to=.*status=`));
}

const received = () => world.lab.host('relay.hosts.test').messages;

describe('delivery.relayhost', () => {
  test('[host]:port: all mail in one transaction, authenticated by the TLSA record at that port', async () => {
    await start('[relay.hosts.test]:PORT');
    const had = received().length;
    const to = ['a@elsewhere.cases.test', 'b@does-not-exist.test', 'c@[192.0.2.1]'];
    const id = await sendMail(relay.port, { to });
    await relay.line(new RegExp(`${id}: removed`));
    expect(received().slice(had)).toMatchObject([{ recipients: to, tls: true }]);
    expect(relay.matching(/TLS connection established/)).toEqual([
      expect.stringContaining(
        `Verified TLS connection established to relay.hosts.test[${world.lab.host('relay.hosts.test').address}]:${world.lab.port}`,
      ),
    ]);
    expect(world.lab.host('relay.hosts.test').sessions.at(-1)).toMatchObject({
      serverName: 'relay.hosts.test',
    });
  });

  test('domain:port: its MX, at that port', async () => {
    await start('mx.cases.test:PORT');
    expect(await verdictOn('a@elsewhere.cases.test')).toMatch(/relay=relay\.hosts\.test.*status=sent/);
    await relay.line(/Verified TLS connection established to relay\.hosts\.test/);
  });

  test('a relayhost that is not who it should be gets nothing', async () => {
    await start('[wrong.hosts.test]:PORT');
    expect(await verdictOn('a@elsewhere.cases.test')).toMatch(
      /dsn=4\.7\.5, status=deferred \(Server certificate not verified\)/,
    );
    expect(world.lab.host('wrong.hosts.test').messages).toEqual([]);
  });

  test('its policy is found under its very name, and not under that of a recipient', async () => {
    const name = `[wrong.hosts.test]:${world.lab.port}`;
    await start(name, {
      policies: [`${name} encrypt`, 'wrong.hosts.test secure', 'elsewhere.cases.test none'],
    });
    expect(await verdictOn('a@elsewhere.cases.test')).toMatch(/status=sent/);
    await relay.line(/Untrusted TLS connection established to wrong\.hosts\.test/);
  });

  test('secure: the certificate must show the name of the relayhost', async () => {
    const name = `[named.hosts.test]:${world.lab.port}`;
    await start(name, { policies: [`${name} secure`], set: { 'tls.CAfile': world.files.authority } });
    expect(await verdictOn('a@mx.cases.test')).toMatch(/status=sent/);
    await relay.line(/Verified TLS connection established to named\.hosts\.test/);
  });

  test('one that does not exist is no reason to return mail', async () => {
    await start('[nobody.hosts.test]:PORT');
    expect(await verdictOn('a@elsewhere.cases.test')).toMatch(/relay=none, .*dsn=4\.3\.5, status=deferred/);
    expect(relay.matching(/warning: relayhost configuration problem/)).not.toEqual([]);
  });

  test('a report to a sender goes there too', async () => {
    await start('[relay.hosts.test]:PORT');
    const had = received().length;
    await sendMail(relay.port, { from: 'sender@elsewhere.cases.test', to: 'nobody@x.test' });
    await expect.poll(() => received().length).toBe(had + 1);
    expect(received().at(-1)).toMatchObject({ sender: '', recipients: ['sender@elsewhere.cases.test'] });
  });

  test('mail that was accepted before there was one goes there', async () => {
    const dataDir = await mkdtemp(path.join(tmpdir(), 'dane-relay-'));
    try {
      const set = { 'queue.minimal_backoff': '1s', 'queue.maximal_backoff': '1s' };
      await start('', {
        dataDir,
        set: { ...set, 'tls.level': 'encrypt', 'delivery.port': `${world.lab.port}` },
      });
      const id = await sendMail(relay.port, { to: 'a@stuck.cases.test' });
      await relay.line(new RegExp(`${id}: to=.*status=deferred \\(TLS is required`));
      await relay.stop();
      await start('[relay.hosts.test]:PORT', { dataDir, set });
      await relay.line(new RegExp(`${id}: to=.*relay=relay\\.hosts\\.test.*status=sent`));
    } finally {
      await relay.stop();
      await removeDataDir(dataDir);
    }
  });
});
