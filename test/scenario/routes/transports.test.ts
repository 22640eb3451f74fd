import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Lab } from '../../lab/lab.ts';
import { labSettings, startRelay, type RunningRelay } from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';
import { startRoutesLab } from './routes-world.ts';

let lab: Lab;
let relay: RunningRelay | undefined;
let settings = '';
let directory: string;

beforeAll(async () => {
  ({ lab } = await startRoutesLab(() => [
    'own MX 10 a.hosts.test.',
    'lost MX 10 nobody.hosts.test.',
    'missing MX 10 nobody.hosts.test.',
  ]));
  directory = await mkdtemp(path.join(tmpdir(), 'dane-relay-'));
});
afterAll(async () => {
  await relay?.[Symbol.asyncDispose]();
  await lab?.stop();
  await rm(directory, { recursive: true });
});

const table = (): string => path.join(directory, 'transport');

async function put(lines: readonly string[]): Promise<void> {
  await writeFile(table(), `${lines.join('\n').replaceAll('PORT', String(lab.port))}\n`);
}

/** A relay with that table; the one that is running, where its settings are the same. */
async function start(
  lines: readonly string[],
  set: Readonly<Record<string, string>> = {},
): Promise<RunningRelay> {
  const wanted = JSON.stringify(set);
  if (relay !== undefined && wanted === settings) {
    await change(lines);
    return relay;
  }
  await relay?.[Symbol.asyncDispose]();
  await put(lines);
  const again = { 'queue.minimal_backoff': '1s', 'queue.maximal_backoff': '1s' };
  relay = await startRelay({
    set: { ...labSettings(lab), ...again, 'delivery.transport_maps': table(), ...set },
  });
  settings = wanted;
  return relay;
}

/** A new table, and SIGHUP, as an operator would. */
async function change(lines: readonly string[]): Promise<void> {
  const had = relay?.matching(/transport entries$/).length ?? 0;
  await put(lines);
  relay?.signal('SIGHUP');
  await expect.poll(() => relay?.matching(/transport entries$/).length).toBe(had + 1);
}

async function verdictOn(to: string): Promise<string> {
  if (relay === undefined) throw new Error('no relay');
  const id = await sendMail(relay.port, { to });
  return relay.line(new RegExp(`${id}: to=.*status=`));
}

const received = (name: string) => lab.host(`${name}.hosts.test`).messages;

describe('delivery.transport_maps', () => {
  test('the most exact entry counts, over the relayhost', async () => {
    const relay = await start(
      [
        'one@x.test smtp:[a.hosts.test]',
        'x.test     smtp:[b.hosts.test]',
        '.x.test    relay:[a.hosts.test]',
        'y.test     :',
        'own.cases.test smtp:',
        '*          :[b.hosts.test]:PORT',
      ],
      { 'delivery.relayhost': '[a.hosts.test]' },
    );
    for (const [to, host] of [
      ['One@x.test', 'a'],
      ['two@x.test', 'b'],
      ['a@below.x.test', 'a'],
      ['a@y.test', 'a'],
      ['a@own.cases.test', 'a'],
      ['a@anything.example', 'b'],
    ] as const) {
      expect(await verdictOn(to), to).toMatch(new RegExp(`relay=${host}\\.hosts\\.test.*status=sent`));
    }
    expect(relay.matching(/Verified TLS connection established/).length).toBeGreaterThan(0);
    expect(relay.matching(/Untrusted/)).toEqual([]);
  });

  test('error: is returned with that text, retry: waits', async () => {
    await start([
      'gone.test error:5.1.6 The office has moved',
      'closed.test retry:4.3.2 Closed until Monday',
    ]);
    expect(await verdictOn('a@gone.test')).toMatch(
      /relay=none, .*dsn=5\.1\.6, status=bounced \(The office has moved\)$/,
    );
    expect(await verdictOn('a@closed.test')).toMatch(
      /relay=none, .*dsn=4\.3\.2, status=deferred \(Closed until Monday\)$/,
    );
  });

  test('an entry that makes no sense: its mail waits, the others go', async () => {
    const relay = await start(['bad.test uucp:somewhere', 'good.test smtp:[a.hosts.test]']);
    expect(relay.matching(/transport:1: "bad\.test": unknown mail transport "uucp"/)).toHaveLength(1);
    expect(await verdictOn('a@bad.test')).toMatch(
      /dsn=4\.3\.0, status=deferred \(mail transport unavailable\)/,
    );
    expect(await verdictOn('a@good.test')).toMatch(/status=sent/);
    await change(['bad.test smtp:[a.hosts.test]']);
    await relay.line(/to=<a@bad\.test>.*relay=a\.hosts\.test.*status=sent/);
  });

  test('mail that waits follows a corrected entry, each recipient once', async () => {
    const relay = await start([
      'x.test smtp:[gone.hosts.test]',
      'y.test smtp:[gone.hosts.test]',
      'z.test smtp:[b.hosts.test]',
    ]);
    const had = { a: received('a').length, b: received('b').length };
    const id = await sendMail(relay.port, { to: ['1@x.test', '2@x.test', '3@y.test', '4@z.test'] });
    await relay.line(new RegExp(`${id}: to=<4@z.test>.*status=sent`));
    await relay.line(new RegExp(`${id}: to=<1@x.test>.*relay=none.*status=deferred`));
    await change(['x.test smtp:[a.hosts.test]', 'y.test smtp:[b.hosts.test]', 'z.test smtp:[b.hosts.test]']);
    await relay.line(new RegExp(`${id}: removed`));
    expect(received('a').slice(had.a)).toMatchObject([{ recipients: ['1@x.test', '2@x.test'] }]);
    expect(
      received('b')
        .slice(had.b)
        .map(({ recipients }) => recipients),
    ).toEqual([['4@z.test'], ['3@y.test']]);
    expect(relay.matching(new RegExp(`${id}: next hop of nrcpt=2 changed`))).toHaveLength(1);
  });

  test('mail that waited for a relayhost goes to its own hosts when there is none any more', async () => {
    const relay = await start([], { 'delivery.relayhost': '[gone.hosts.test]' });
    const id = await sendMail(relay.port, { to: 'a@own.cases.test' });
    await relay.line(new RegExp(`${id}: to=.*status=deferred`));
    await change(['own.cases.test smtp:']);
    await relay.line(new RegExp(`${id}: to=.*relay=a\\.hosts\\.test.*status=sent`));
  });

  test('a host that does not exist is a slip of the operator: nothing is returned', async () => {
    const relay = await start(['x.test smtp:[nobody.hosts.test]', 'y.test smtp:lost.cases.test']);
    expect(await verdictOn('a@x.test')).toMatch(/dsn=4\.3\.5, status=deferred/);
    expect(await verdictOn('a@y.test')).toMatch(/dsn=4\.3\.5, status=deferred/);
    expect(relay.matching(/warning: transport_maps configuration problem/).length).toBeGreaterThan(1);
    expect(await verdictOn('a@missing.cases.test')).toMatch(/dsn=5\.4\.4, status=bounced/);
  });

  test('a table that is not there: the relay does not start', async () => {
    const set = { ...labSettings(lab), 'delivery.transport_maps': path.join(directory, 'nowhere') };
    await expect(startRelay({ set })).rejects.toThrow(/delivery\.transport_maps: found no such file/);
  });
});

describe('several destinations', () => {
  test('are tried in turn, each under its own policy', async () => {
    const relay = await start(['x.test smtp:[gone.hosts.test], [down.hosts.test] [b.hosts.test]']);
    expect(await verdictOn('a@x.test')).toMatch(/relay=b\.hosts\.test.*status=sent/);
    await relay.line(/connect to gone\.hosts\.test.*Connection refused/);
    await relay.line(/: host down\.hosts\.test.* refused to talk to me: 421 4\.3\.2/);
  });

  test('recipients that the first did not take are offered to the next', async () => {
    const relay = await start(['x.test smtp:[later.hosts.test], [b.hosts.test]']);
    expect(await verdictOn('a@x.test')).toMatch(/relay=b\.hosts\.test.*status=sent/);
    await relay.line(/: host later\.hosts\.test.* said: 450 4\.2\.0 Not now/);
  });

  test('the fallback relay gets what no host of the destination takes', async () => {
    await start([], { 'delivery.fallback_relay': '[b.hosts.test]' });
    expect(await verdictOn('a@lost.cases.test')).toMatch(/relay=b\.hosts\.test.*status=sent/);
    expect(await verdictOn('a@does-not-exist.test')).toMatch(/relay=b\.hosts\.test.*status=sent/);
    expect(await verdictOn('a@own.cases.test')).toMatch(/relay=a\.hosts\.test.*status=sent/);
  });

  test('a fallback relay that does not exist returns nothing', async () => {
    const relay = await start([], { 'delivery.fallback_relay': '[nobody.hosts.test]' });
    expect(await verdictOn('a@does-not-exist.test')).toMatch(/dsn=4\.3\.5, status=deferred/);
    await relay.line(/warning: smtp_fallback_relay configuration problem/);
  });
});

describe('TLS from the first octet', () => {
  test('smtps: verified by the TLSA record at its port, before a word is said', async () => {
    const relay = await start([
      'x.test smtps:[wrapped.hosts.test]:PORT',
      'y.test smtps:[wrapped-wrong.hosts.test]:PORT',
    ]);
    expect(await verdictOn('a@x.test')).toMatch(/relay=wrapped\.hosts\.test.*status=sent/);
    await relay.line(/Verified TLS connection established to wrapped\.hosts\.test/);
    const session = lab.host('wrapped.hosts.test').sessions.at(-1);
    expect(session).toMatchObject({ plaintextCommands: [], serverName: 'wrapped.hosts.test' });
    expect(session?.tlsCommands[0]).toBe('EHLO relay.test');

    expect(await verdictOn('a@y.test')).toMatch(/status=deferred \(Server certificate not verified\)/);
    expect(lab.host('wrapped-wrong.hosts.test').sessions.at(-1)).toMatchObject({ tlsBytes: 0 });
  });

  test('tls.wrappermode with a relayhost, at a level that would not need TLS', async () => {
    const relay = await start([], {
      'tls.wrappermode': 'true',
      'tls.level': 'none',
      'delivery.relayhost': '[wrapped.hosts.test]',
    });
    expect(await verdictOn('a@x.test')).toMatch(/relay=wrapped\.hosts\.test.*status=sent/);
    await relay.line(/Untrusted TLS connection established to wrapped\.hosts\.test/);
  });

  test('a host that speaks first in clear gets nothing', async () => {
    await start(['x.test smtps:[a.hosts.test]:PORT'], { 'tls.level': 'may' });
    expect(await verdictOn('a@x.test')).toMatch(
      /dsn=4\.7\.5, status=deferred \(Cannot start TLS: handshake failure\)/,
    );
    expect(lab.host('a.hosts.test').sessions.at(-1)).toMatchObject({ tls: 'none' });
    expect(lab.host('a.hosts.test').sessions.at(-1)?.plaintextCommands.join()).not.toMatch(/MAIL|EHLO/);
  });
});
