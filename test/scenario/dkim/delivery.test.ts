import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startLab, type Lab } from '../../lab/lab.ts';
import { belongings } from '../../support/belongings.ts';
import { newKey, writeKeys } from '../../support/dkim-keys.ts';
import { verifyDkim, type KeyRecords, type Verdicts } from '../../support/dkim-verifiers.ts';
import { labSettings, startRelay, type RunningRelay } from '../../support/running-relay.ts';
import { submit } from '../../support/submit.ts';

/** Signatures of a running relay, as hosts get them. */

const keep = belongings();
let lab: Lab;
let directory: string;
let records: KeyRecords;
let relay: RunningRelay;
/** Hosts put off mail to `later`. */
let isClosed = false;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dane-relay-dkim-'));
  records = await writeKeys(directory, 'sender.test', { r: newKey('rsa'), e: newKey('ed25519') });
  const plain = { kind: 'scripted', startTls: false } as const;
  lab = await startLab({
    domains: ['wide', 'narrow', 'sender'].map((name) => ({
      name: `${name}.test`,
      dnssec: 'unsigned',
      records: ({ address }) => [
        name === 'narrow' ? '@ MX 10 mx' : '@ MX 10 mx.wide.test.',
        `mx ${address(name === 'narrow' ? 'mx.narrow.test' : 'mx.wide.test')}`,
      ],
    })),
    hosts: [
      {
        ...plain,
        name: 'mx.wide.test',
        replies: { 'RCPT TO:<nobody@': '550 5.1.1 no such user', 'RCPT TO:<later@': later },
      },
      {
        ...plain,
        name: 'mx.narrow.test',
        extensions: ['PIPELINING', 'SIZE 104857600'],
        replies: { 'RCPT TO:<later@': later },
      },
    ],
  });
  relay = await start();
});
afterAll(async () => {
  await relay?.[Symbol.asyncDispose]();
  await lab?.stop();
  await rm(directory, { recursive: true, force: true });
});

function start(set: Readonly<Record<string, string>> = {}): Promise<RunningRelay> {
  const own = { hostname: 'relay.sender.test', 'dkim.directory': directory };
  return startRelay({ set: { ...labSettings(lab), ...own, ...set } });
}

const later = (): string | undefined => (isClosed ? '450 4.2.0 later' : undefined);

const header = ['From: A <a@sender.test>', 'To: b@wide.test', 'Subject: hello'];

interface Sent {
  readonly to?: readonly string[];
  readonly from?: string;
  readonly through?: RunningRelay;
}

/** Hands a message over; resolves to what the host got. */
async function deliver(
  lines: readonly string[],
  { to = ['<b@wide.test>'], from = '<a@sender.test>', through = relay }: Sent = {},
): Promise<{ readonly id: string; readonly got: Buffer }> {
  const host = lab.host(to[0]?.includes('narrow') === true ? 'mx.narrow.test' : 'mx.wide.test');
  const had = host.messages.length;
  const id = await submit(through.port, { from, to, content: `${lines.join('\r\n')}\r\n` });
  const messages = await host.waitForMessages(had + 1);
  return { id, got: messages[had]?.data ?? Buffer.alloc(0) };
}

const pass: Verdicts = {
  perl: ['rsa-sha256 r sender.test pass'],
  python: ['ed25519-sha256 e sender.test pass', 'rsa-sha256 r sender.test pass'],
};

const onHop = (got: Buffer): Buffer =>
  Buffer.concat([
    Buffer.from('Received: from relay.sender.test by another.test\r\n\twith ESMTP; now\r\n'),
    got,
  ]);

const nothing: Verdicts = { perl: [], python: [] };
const eightBit = [
  'MIME-Version: 1.0',
  'Content-Type: text/plain; charset=utf-8',
  'Content-Transfer-Encoding: 8bit',
];

describe('a host gets a message whose signatures are right', () => {
  test('with what the relay added to the header covered by them', async () => {
    const { id, got } = await deliver([...header, '', 'Hello', '']);
    expect(await verifyDkim(got, records)).toEqual(pass);
    expect(await verifyDkim(onHop(got), records)).toEqual(pass);
    const tags = got.toString().split('\r\nReceived:')[0]?.replaceAll(/\s/g, '');
    expect(tags).toMatch(
      /h=From:From:Sender:Reply-To:To:To:Cc:Subject:Subject:Date:Date:Message-ID:Message-ID:/,
    );
    expect(tags).toMatch(/;t=\d+;h=/);
    expect(tags).not.toMatch(/[;]l=/);
    await relay.line(
      new RegExp(`cleanup\\[\\d+\\]: ${id}: DKIM-Signature field added \\(s=r, d=sender\\.test\\)$`),
    );
    await relay.line(new RegExp(`${id}: DKIM-Signature field added \\(s=e, d=sender\\.test\\)$`));
    expect(await relay.metrics()).toMatch(/^dane_relay_events_total\{[^}]*event="DKIM signed"[^}]*\} [1-9]/m);
  });

  test('and is announced with the size that it has', async () => {
    const { id, got } = await deliver([...header, '', 'Hello', '']);
    expect(await relay.line(new RegExp(`${id}: from=.*size=${got.length},`))).toBeTruthy();
  });

  test.each([
    ['an empty body', [...header, '']],
    ['no body', header],
    ['a long line, which is broken', [...header, '', `${'abcdefghi '.repeat(400)}end`, '']],
    ['a long line in the header', [...header, `References: ${'<a@b>'.repeat(400)}`, '', 'x', '']],
    ['dots, blanks and empty lines', [...header, '', '..', '.. .', ' \t', 'x  ', '', '', '']],
    ['eight bits', [...header, ...eightBit, '', 'gr\u00fc\u00dfe', '']],
    ['UTF-8 in its header', [...header, 'Cc: \u00fc <c@wide.test>', '', 'x', '']],
  ])('with %s', async (_, lines) => {
    const { got } = await deliver(lines);
    expect(await verifyDkim(got, records)).toEqual(pass);
  });

  test('that is larger than what is kept in one piece', async () => {
    const { got, id } = await deliver([
      ...header,
      '',
      ...Array.from({ length: 9_000 }, (_, n) => `${n} ${'y'.repeat(80)}`),
      '',
    ]);
    expect(got.length).toBeGreaterThan(700_000);
    expect(await verifyDkim(got, records)).toEqual(pass);
    expect(relay.matching(new RegExp(`${id}: DKIM-Signature`))).toHaveLength(2);
  });

  test('at two destinations, signed once', async () => {
    const wide = lab.host('mx.wide.test').messages.length;
    const { id, got } = await deliver([...header, '', 'plain', ''], {
      to: ['<b@narrow.test>', '<b@wide.test>'],
    });
    const other = (await lab.host('mx.wide.test').waitForMessages(wide + 1))[wide]?.data;
    expect(await verifyDkim(got, records)).toEqual(pass);
    expect(other?.equals(got)).toBe(true);
    expect(relay.matching(new RegExp(`${id}: DKIM-Signature`))).toHaveLength(2);
  });
});

describe('a host without 8BITMIME gets', () => {
  test.each([
    ['quoted-printable', [...header, ...eightBit, '', 'gr\u00fc\u00dfe, and many other letters', '']],
    ['base64', [...header, ...eightBit, '', '\u00fc\u00e4\u00f6'.repeat(100), '']],
    ['MIME fields', [...header, '', 'gr\u00fc\u00dfe, and many other letters', '']],
  ])('%s with signatures of that', async (_, lines) => {
    const { id, got } = await deliver(lines, {
      from: '<a@sender.test> BODY=8BITMIME',
      to: ['<b@narrow.test>'],
    });
    expect(got.toString('latin1')).not.toMatch(/[\x80-\xff]/);
    expect(await verifyDkim(got, records)).toEqual(pass);
    expect(await verifyDkim(onHop(got), records)).toEqual(pass);
    await relay.line(
      new RegExp(`smtp\\[\\d+\\]: ${id}: DKIM-Signature field added \\(s=r, d=sender\\.test\\)$`),
    );
  });

  test('the others still get what came', async () => {
    const wide = lab.host('mx.wide.test').messages.length;
    const lines = [...header, ...eightBit, '', 'gr\u00fc\u00dfe, and many other letters', ''];
    const { got } = await deliver(lines, {
      from: '<a@sender.test> BODY=8BITMIME',
      to: ['<b@narrow.test>', '<b@wide.test>'],
    });
    const other = (await lab.host('mx.wide.test').waitForMessages(wide + 1))[wide]?.data ?? Buffer.alloc(0);
    expect(other.toString()).toContain('gr\u00fc\u00dfe');
    expect(await verifyDkim(other, records)).toEqual(pass);
    expect(await verifyDkim(got, records)).toEqual(pass);
  });

  test('no signature that is broken, where the key is gone by then; others have the one of when it came', async () => {
    const own = await mkdtemp(join(tmpdir(), 'dane-relay-dkim-'));
    const old = await writeKeys(own, 'sender.test', { old: newKey('ed25519') });
    const backoff = { 'queue.minimal_backoff': '1s', 'queue.maximal_backoff': '1s' };
    const through = await start({ 'dkim.directory': own, ...backoff });
    keep(through);
    const hosts = ['mx.narrow.test', 'mx.wide.test'].map((name) => lab.host(name));
    const had = hosts.map(({ messages }) => messages.length);
    isClosed = true;
    const lines = [...header, ...eightBit, '', 'gr\u00fc\u00dfe, and many other letters', ''];
    const to = ['<later@narrow.test>', '<later@wide.test>'];
    const from = '<a@sender.test> BODY=8BITMIME';
    const id = await submit(through.port, { from, to, content: `${lines.join('\r\n')}\r\n` });
    await through.line(new RegExp(`${id}: DKIM-Signature field added \\(s=old`));
    await rm(join(own, 'sender.test', 'old.private'));
    through.signal('SIGHUP');
    await through.line(/cleanup\[\d+\]: DKIM: 0 keys of 0 domains$/);
    isClosed = false;
    const got = await Promise.all(
      hosts.map(async (host, n) => (await host.waitForMessages((had[n] ?? 0) + 1))[had[n] ?? 0]?.data),
    );
    expect(await verifyDkim(got[0] ?? Buffer.alloc(0), old)).toEqual(nothing);
    expect(got[0]?.toString()).toMatch(/^Received:/);
    await through.line(new RegExp(`smtp\\[\\d+\\]: ${id}: not signed: no key for sender\\.test$`));
    const { python } = await verifyDkim(got[1] ?? Buffer.alloc(0), old);
    expect(python).toEqual(['ed25519-sha256 old sender.test pass']);
    await rm(own, { recursive: true });
  });
});

describe('signs', () => {
  test('its own reports', async () => {
    const { got } = await deliver([...header, '', 'x', ''], { to: ['<nobody@wide.test>'] });
    expect(got.toString()).toMatch(/^From: Mail Delivery System <MAILER-DAEMON@relay\.sender\.test>/m);
    expect(await verifyDkim(got, records)).toEqual(pass);
  });

  test('mail of a domain below that of the keys', async () => {
    const { got } = await deliver(['From: <a@host.sender.test>', ...header.slice(1), '', 'x', '']);
    expect(await verifyDkim(got, records)).toEqual(pass);
  });

  test('above the signatures of others', async () => {
    const { got: first } = await deliver([...header, '', 'x', '']);
    const again = first.toString('latin1').replace(/\r\n$/, '').split('\r\n');
    const { got } = await deliver(again);
    const { python } = await verifyDkim(got, records);
    expect(python).toHaveLength(4);
    expect(python.filter((verdict) => verdict.endsWith(' pass'))).toHaveLength(4);
  });
});

describe('does not sign, and says why', () => {
  test.each([
    ['a message of a stranger', ['From: <a@other.test>', '', 'x', ''], /not signed: no key for other\.test$/],
    ['two From fields', [...header, 'From: <x@wide.test>', '', 'x', ''], /not signed: several From fields$/],
    [
      'a From without a domain',
      ['From: <nobody@[192.0.2.1]>', '', 'x', ''],
      /not signed: no domain in the From field$/,
    ],
  ])('%s', async (_, lines, why) => {
    const { id, got } = await deliver(lines);
    expect(await verifyDkim(got, records)).toEqual(nothing);
    expect(await relay.line(new RegExp(`${id}: not signed`))).toMatch(why);
  });
});

test('without keys nothing is signed and nothing is said', async () => {
  const through = await start({ 'dkim.directory': '' });
  keep(through);
  const { id, got } = await deliver([...header, '', 'x', ''], { through });
  expect(got.toString()).toMatch(/^Received:/);
  await through.line(new RegExp(`${id}: removed`));
  expect(through.matching(/signed|DKIM/)).toEqual([]);
});

test('keys that change are noticed; a broken one takes none away', async () => {
  const own = await mkdtemp(join(tmpdir(), 'dane-relay-dkim-'));
  const first = await writeKeys(own, 'sender.test', { one: newKey('ed25519') });
  const through = await start({ 'dkim.directory': own });
  keep(through);
  const second = await writeKeys(own, 'sender.test', { two: newKey('ed25519') });
  await through.line(/cleanup\[\d+\]: DKIM: 2 keys of 1 domains$/);
  const { got } = await deliver([...header, '', 'x', ''], { through });
  const both = ['ed25519-sha256 one sender.test pass', 'ed25519-sha256 two sender.test pass'];
  expect((await verifyDkim(got, { ...first, ...second })).python).toEqual(both);

  await writeFile(join(own, 'sender.test', 'one.private'), 'half a key');
  through.signal('SIGHUP');
  await through.line(
    /warning: .*one\.private: found no private key in PEM without a password; the key that was in it stays in use$/,
  );
  const { got: later } = await deliver([...header, '', 'x', ''], { through });
  expect((await verifyDkim(later, { ...first, ...second })).python).toEqual(both);

  await rm(join(own, 'sender.test', 'one.private'));
  await through.line(/cleanup\[\d+\]: DKIM: 1 keys of 1 domains$/);
  await rm(own, { recursive: true });
});
