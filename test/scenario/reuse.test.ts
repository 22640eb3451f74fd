import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { makeCertificate, wrongDigit } from '../lab/certificates.ts';
import { startLab, type Lab } from '../lab/lab.ts';
import type { WorldNames } from '../lab/world.ts';
import { labSettings, startRelay, type RunningRelay } from '../support/running-relay.ts';
import { sendMail } from '../support/send-mail.ts';
import { startScriptedServer, type Act, type ScriptedServer } from './session/scripted-server.ts';

let lab: Lab;
let relay: RunningRelay;
const host = 'mx.changes.test';

const records = (names: WorldNames, tlsa: string): readonly string[] => [
  '@ 1 MX 10 mx',
  `mx 1 ${names.address(host)}`,
  // Good for a second, so that a change is seen soon.
  `${names.tlsaOwner('mx')} 1 ${tlsa}`,
];

beforeAll(async () => {
  const certificate = await makeCertificate({ names: [host] });
  lab = await startLab({
    hosts: [{ kind: 'scripted', name: host, certificates: [certificate] }],
    domains: [
      {
        name: 'changes.test',
        dnssec: 'signed',
        records: (names) => records(names, names.tlsa(host, '3 1 1')),
      },
      { name: 'other.test', dnssec: 'signed', records: () => [`@ MX 10 ${host}.`] },
    ],
  });
});
afterAll(() => lab?.stop());
afterEach(() => relay?.[Symbol.asyncDispose]());

const sessions = (): number => lab.host(host).sessions.length;

async function start(set: Readonly<Record<string, string>> = {}): Promise<void> {
  const settings = { ...labSettings(lab), 'delivery.connection_cache_time_limit': '60s', ...set };
  relay = await startRelay({ set: settings });
}

/** The delivery record of one mail. */
async function verdictOn(to: string): Promise<string> {
  const id = await sendMail(relay.port, { to });
  return relay.line(new RegExp(`${id}: to=.*status=`));
}

describe('to one destination', () => {
  test('mails share a verified connection, and the log counts them', async () => {
    await start();
    const had = sessions();
    expect(await verdictOn('a@changes.test')).toMatch(/relay=mx\.changes\.test\[[\d.]+\]:\d+, delay=/);
    expect(await verdictOn('b@changes.test')).toMatch(
      /relay=mx\.changes\.test\[[\d.]+\]:\d+, conn_use=2, delay=/,
    );
    expect(await verdictOn('c@changes.test')).toMatch(/, conn_use=3, delay=/);
    expect(sessions()).toBe(had + 1);
    const summary = (how: string): RegExp =>
      new RegExp(
        `: Verified TLS connection ${how} to mx\\.changes\\.test\\[[\\d.]+\\]:\\d+: TLSv1\\.3 with cipher \\S+ \\(`,
      );
    expect(relay.matching(summary('established'))).toHaveLength(1);
    expect(relay.matching(summary('reused'))).toHaveLength(2);
  });

  test('a changed TLSA set is never served by an old connection', async () => {
    await start();
    const had = sessions();
    expect(await verdictOn('a@changes.test')).toContain('status=sent');
    await lab.setRecords('changes.test', (names) => records(names, wrongDigit(names.tlsa(host, '3 1 1'))));
    await sleep(2_100);
    expect(await verdictOn('b@changes.test')).toMatch(/status=deferred \(Server certificate not verified\)/);
    await lab.setRecords('changes.test', (names) => records(names, names.tlsa(host, '3 1 1')));
    await sleep(2_100);
    expect(await verdictOn('c@changes.test')).toContain('status=sent');
    expect(relay.matching(/TLS connection reused/)).toEqual([]);
    // The old connection, the one that was refused, and the new one.
    expect(sessions()).toBe(had + 3);
    expect(lab.host(host).sessions.at(-2)).toMatchObject({ tlsBytes: 0 });
  });

  test('a connection ends after as many messages as are allowed', async () => {
    await start({ 'delivery.connection_reuse_count_limit': '2' });
    const had = sessions();
    for (const user of ['a', 'b', 'c']) await verdictOn(`${user}@changes.test`);
    expect(sessions()).toBe(had + 2);
    expect(lab.host(host).sessions.at(-2)?.end).toBe('QUIT');
  });

  test('a connection serves nobody once it is old', async () => {
    await start({ 'delivery.connection_reuse_time_limit': '500ms' });
    const had = sessions();
    await verdictOn('a@changes.test');
    await sleep(600);
    await verdictOn('b@changes.test');
    expect(sessions()).toBe(had + 2);
  });

  test('a connection that nobody needs is closed, with QUIT', async () => {
    await start({ 'delivery.connection_cache_time_limit': '300ms' });
    await verdictOn('a@changes.test');
    await expect.poll(() => lab.host(host).sessions.at(-1)?.end).toBe('QUIT');
  });
});

test('a connection of one destination never serves another, though the host is the same', async () => {
  await start();
  const had = sessions();
  expect(await verdictOn('a@changes.test')).toContain('status=sent');
  expect(await verdictOn('a@other.test')).not.toContain('conn_use');
  expect(sessions()).toBe(had + 2);
  expect(relay.matching(/TLS connection reused/)).toEqual([]);
});

describe('a host that is gone when the next mail comes costs it no attempt', () => {
  let server: ScriptedServer;
  /** What the host answers to the next MAIL. */
  let answer: Act | undefined;

  beforeAll(async () => {
    const take = (): Act => {
      const act = answer ?? '250 ok';
      answer = undefined;
      return act;
    };
    server = await startScriptedServer({ ehlo: ['PIPELINING'], on: { MAIL: take } });
  });
  afterAll(() => server?.stop());

  const ends: [string, () => void][] = [
    ['it has closed the connection', () => server.sockets.forEach((socket) => socket.end())],
    ['it has reset it', () => server.sockets.forEach((socket) => socket.resetAndDestroy())],
    ['it has said 421', () => server.sockets.forEach((socket) => socket.write('421 4.4.2 idle\r\n'))],
    [
      'it has said 421 and closed',
      () => server.sockets.forEach((socket) => socket.end('421 4.4.2 idle\r\n')),
    ],
    [
      'it says what nobody asked for',
      () => server.sockets.forEach((socket) => socket.write('250 hello?\r\n')),
    ],
    ['it hangs up at MAIL', () => (answer = { drop: '' })],
    ['it says 421 to MAIL', () => (answer = { drop: '421 4.4.2 idle' })],
    ['it never answers MAIL', () => (answer = { hang: true })],
  ];

  test('whichever way it went', async () => {
    await start({
      'delivery.port': String(server.port),
      'tls.level': 'may',
      'delivery.mail_timeout': '2s',
    });
    expect(await verdictOn('first@[127.0.0.1]')).toContain('status=sent');
    for (const [way, end] of ends) {
      const had = server.seen.length;
      end();
      await sleep(50);
      const verdict = await verdictOn('next@[127.0.0.1]');
      expect(verdict, way).toContain('status=sent');
      expect(verdict, way).not.toContain('conn_use');
      expect(server.seen.length, way).toBe(had + 1);
    }
    expect(relay.matching(/\/smtp\[.*(?:deferred|lost connection|timed out)/)).toEqual([]);
  });
});
