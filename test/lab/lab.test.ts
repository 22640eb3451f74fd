import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { hasIpv6Loopback } from './address-space.ts';
import { makeCertificate } from './certificates.ts';
import { startLab, type Lab } from './lab.ts';
import { postfixObstacle } from './privileges.ts';
import { processesOf } from './processes-of.ts';
import { unless } from '../support/unless.ts';
import { standardWorld } from './standard-world.ts';
import { until } from './until.ts';
import type { World } from './world.ts';

const run = promisify(execFile);
const hasPostfix = postfixObstacle() === undefined;

interface Dug {
  readonly status: string;
  /** Whether the AD bit was set. */
  readonly ad: boolean;
  /** Types of the answer section, signatures left out. */
  readonly types: readonly string[];
  readonly text: string;
}

async function dig(server: string, name: string, type: string): Promise<Dug> {
  const [address = '', port = ''] = server.split(':');
  const { stdout } = await run('dig', [
    `@${address}`,
    '-p',
    port,
    '+dnssec',
    '+time=30',
    '+tries=1',
    name,
    type,
  ]);
  const answer = /ANSWER SECTION:\n([^;]*)/.exec(stdout)?.[1] ?? '';
  return {
    status: /status: (\w+)/.exec(stdout)?.[1] ?? '',
    ad: /flags:[^;]* ad\b/.test(stdout),
    types: [...answer.matchAll(/\tIN\t(\w+)\t/g)]
      .map(([, type = '']) => type)
      .filter((type) => type !== 'RRSIG'),
    text: stdout,
  };
}

async function swaks(to: string, address: string, port: number, ...more: readonly string[]): Promise<string> {
  const server = ['--server', address, '--port', String(port)];
  return (await run('swaks', [...server, '--from', 'sender@client.test', '--to', to, ...more])).stdout;
}

/** One signed domain with one host. */
async function smallWorld(): Promise<World> {
  const certificate = await makeCertificate({ names: ['mx.good.test'] });
  return {
    domains: [
      {
        name: 'good.test',
        dnssec: 'signed',
        records: (names) => [
          '@ MX 10 mx',
          `mx ${names.address('mx.good.test')}`,
          `${names.tlsaOwner('mx')} ${names.tlsa('mx.good.test', '3 1 1')}`,
        ],
      },
    ],
    hosts: [{ kind: 'scripted', name: 'mx.good.test', certificates: [certificate] }],
  };
}

describe('startLab(): the standard world', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab(await standardWorld());
  });
  afterAll(async () => lab.stop());

  test.each([
    ['good.test', 'MX', 'NOERROR', true, ['MX']],
    ['mx.good.test', 'A', 'NOERROR', true, ['A']],
    ['good.test', 'TLSA', 'NOERROR', true, []],
    ['mx.alias.test', 'A', 'NOERROR', true, ['CNAME', 'A']],
    ['nxdomain.test', 'MX', 'NXDOMAIN', true, []],
    ['null-mx.test', 'MX', 'NOERROR', true, ['MX']],
    ['unsigned.test', 'MX', 'NOERROR', false, ['MX']],
    ['mx.unsigned.test', 'A', 'NOERROR', false, ['A']],
    ['half.test', 'MX', 'NOERROR', false, ['MX']],
    ['tlsa-fails.test', 'MX', 'NOERROR', true, ['MX']],
    ['mx.tlsa-fails.test', 'A', 'NOERROR', true, ['A']],
    ['bogus.test', 'MX', 'SERVFAIL', false, []],
    ['dead.test', 'MX', 'SERVFAIL', false, []],
  ])('%s %s is %s, AD %s', async (name, type, status, ad, types) => {
    expect(await dig(lab.dnsServer, name, type)).toMatchObject({ status, ad, types });
  });

  test('TLSA records are at the port of the lab, directly or through DNAME and CNAME', async () => {
    const tlsa = (domain: string) => dig(lab.dnsServer, `_${lab.port}._tcp.mx.${domain}`, 'TLSA');
    expect(await tlsa('good.test')).toMatchObject({ status: 'NOERROR', ad: true, types: ['TLSA'] });
    const chain = ['DNAME', 'CNAME', 'CNAME', 'CNAME', 'TLSA', 'TLSA'];
    expect(await tlsa('ta.test')).toMatchObject({ status: 'NOERROR', ad: true, types: chain });
    expect(await tlsa('no-tlsa.test')).toMatchObject({ status: 'NXDOMAIN', ad: true });
    const failed = await tlsa('tlsa-fails.test');
    expect(failed).toMatchObject({ status: 'SERVFAIL', ad: false });
    expect(failed.text).toContain('EDE: 6 (DNSSEC Bogus)');
  });

  test('a scripted host takes a message from swaks through TLS', async () => {
    const host = lab.host('mx.good.test');
    await swaks('user@good.test', host.address, lab.port, '--tls', '--body', 'to our own');
    const [message] = await host.waitForMessages(1);
    expect(message).toMatchObject({
      sender: 'sender@client.test',
      recipients: ['user@good.test'],
      tls: true,
    });
    expect(message?.data.toString()).toContain('to our own');
    expect(host.sessions.at(-1)?.tlsCommands).toContain('MAIL FROM:<sender@client.test>');
  });

  unless(postfixObstacle(), test)(
    'a Postfix host takes a message from swaks through TLS, and another without',
    async () => {
      const host = lab.host('mx.postfix.test');
      await swaks('user@postfix.test', host.address, lab.port, '--tls', '--body', 'to Postfix');
      const [message] = await host.waitForMessages(1);
      expect(message).toMatchObject({
        sender: 'sender@client.test',
        recipients: ['user@postfix.test'],
        tls: true,
      });
      expect(message?.data.toString()).toMatch(/^Received: [^]*\r\n\r\nto Postfix\r\n/);
      expect(await host.log()).toContain('Anonymous TLS connection established from');
      await swaks('user@postfix.test', host.address, lab.port);
      expect((await host.waitForMessages(2))[1]?.tls).toBe(false);
      await expect(swaks('user@good.test', host.address, lab.port)).rejects.toThrow('Command failed');
    },
  );

  /** Text between relay and status, and the TLS word of the host, as Postfix logs them. */
  const outcomes: readonly (readonly [domain: string, dsn: string, status: RegExp, tls?: string])[] = [
    ['good', '2.0.0', /^sent/, 'Verified'],
    ...(postfixObstacle() === undefined ? [['postfix', '2.0.0', /^sent/, 'Verified'] as const] : []),
    ...(hasIpv6Loopback() ? [['ipv6', '2.0.0', /^sent/, 'Verified'] as const] : []),
    ['ta', '2.0.0', /^sent/, 'Verified'],
    ['ta-wrong', '4.7.5', /^deferred \(Server certificate not verified/, 'Untrusted'],
    ['wrong-cert', '4.7.5', /^deferred \(Server certificate not verified/, 'Untrusted'],
    ['wrong-key', '4.7.5', /^deferred \(Server certificate not verified/, 'Untrusted'],
    ['no-tlsa', '2.0.0', /^sent/, 'Untrusted'],
    ['unsigned', '2.0.0', /^sent/, 'Untrusted'],
    ['half', '2.0.0', /^sent/],
    ['tlsa-fails', '4.7.5', /^deferred \(TLSA lookup error/],
    ['bogus', '4.4.3', /^deferred \(Host or domain name not found/],
    ['dead', '4.4.3', /^deferred \(Host or domain name not found/],
    ['stripped', '4.7.4', /^deferred \(TLS is required, but was not offered/],
    ['alias', '2.0.0', /^sent/, 'Verified'],
    ['null-mx', '5.1.0', /^bounced/],
    ['nxdomain', '5.4.4', /^bounced/],
    ['implicit', '2.0.0', /^sent/],
    ['rejects', '5.1.1', /^bounced/, 'Verified'],
    ['greylist', '4.2.0', /^deferred/, 'Verified'],
    ['failover', '2.0.0', /^sent/],
    ['anonymous', '2.0.0', /^sent/, 'Anonymous'],
    ['adh', '2.0.0', /^sent/, 'Anonymous'],
  ];

  unless(postfixObstacle(), test)(
    'startPostfixClient(): Postfix at level dane finds in every domain what the table says',
    async () => {
      const client = await lab.startPostfixClient({ securityLevel: 'dane' });
      const recipients = outcomes.map(([domain]) => `user@${domain}.test`);
      await swaks(recipients.join(','), client.address, client.port);
      const statuses = async () => (await client.log()).match(/: to=<user@.*$/gm) ?? [];
      await until(async () => (await statuses()).length >= outcomes.length, 'every recipient');
      const log = await client.log();
      for (const [domain, dsn, status, tls] of outcomes) {
        const line = log.split('\n').find((line) => line.includes(`to=<user@${domain}.test>`)) ?? '';
        expect(line).toContain(`dsn=${dsn}, status=`);
        expect(line.split('status=')[1]).toMatch(status);
        if (tls !== undefined)
          expect(log).toContain(`${tls} TLS connection established to mx.${domain}.test[`);
      }
      expect(log).toMatch(/mx\.adh\.test\[.*: TLSv1 with cipher ADH-AES256-SHA /);
      expect(log).toMatch(/mx\.anonymous\.test\[.*: TLSv1\.2 with cipher AECDH-AES256-SHA /);
      if (hasIpv6Loopback()) {
        expect(log).toContain(
          `mx.ipv6.test[::1]:${lab.port}: TLSv1.2 with cipher ECDHE-RSA-AES256-GCM-SHA384`,
        );
      }
      // The handshake was done, and nothing sent after it but a farewell.
      const [refused] = lab.host('mx.wrong-key.test').sessions;
      expect(refused).toMatchObject({ tls: 'established', tlsCommands: ['QUIT'], tlsBytes: 6 });
    },
  );

  test('host(): one that is not in the world is an error', () => {
    expect(() => lab.host('mx.nowhere.test')).toThrow('No host mx.nowhere.test');
  });
});

describe('startLab(): a small world', () => {
  test('resolver: goes away, comes back, and stops validating at the same address', async () => {
    await using lab = await startLab(await smallWorld());
    const ask = () => dig(lab.dnsServer, 'good.test', 'MX');
    expect(await ask()).toMatchObject({ status: 'NOERROR', ad: true });
    await lab.resolver.stop();
    await expect(ask()).rejects.toThrow('Command failed');
    await lab.resolver.start();
    expect(await ask()).toMatchObject({ status: 'NOERROR', ad: true });
    await lab.resolver.makeNonValidating();
    expect(await ask()).toMatchObject({ status: 'NOERROR', ad: false, types: ['MX'] });
    await lab.resolver.makeValidating();
    expect(await ask()).toMatchObject({ status: 'NOERROR', ad: true });
  });

  test('startResolver(): a second resolver answers beside the first', async () => {
    await using lab = await startLab(await smallWorld());
    const second = await lab.startResolver({ validating: false });
    expect(second.server).not.toBe(lab.dnsServer);
    expect(await dig(second.server, 'good.test', 'MX')).toMatchObject({ status: 'NOERROR', ad: false });
    expect(await dig(lab.dnsServer, 'good.test', 'MX')).toMatchObject({ status: 'NOERROR', ad: true });
  });

  test('two labs at once do not see each other', async () => {
    const world = await smallWorld();
    const labs = await Promise.all([startLab(world), startLab(world)]);
    try {
      const [one, other] = labs;
      expect(one.dnsServer).not.toBe(other.dnsServer);
      const host = one.host('mx.good.test');
      await swaks('user@good.test', host.address, one.port);
      await host.waitForMessages(1);
      expect(other.host('mx.good.test').sessions).toHaveLength(0);
      expect((await dig(one.dnsServer, 'mx.good.test', 'A')).text).toContain(host.address);
      expect((await dig(other.dnsServer, 'mx.good.test', 'A')).text).not.toContain(host.address);
    } finally {
      await Promise.all(labs.map((lab) => lab.stop()));
    }
  });
});

describe('stop()', () => {
  test('leaves no process and no file, and may be called twice', async () => {
    const lab = await startLab(await standardWorld());
    if (hasPostfix) await lab.startPostfixClient({ securityLevel: 'may' });
    const { directory } = lab;
    expect(processesOf(directory).length).toBeGreaterThan(hasPostfix ? 10 : 1);
    await lab.stop();
    expect(processesOf(directory)).toEqual([]);
    expect(existsSync(directory)).toBe(false);
    await lab.stop();
  });

  test.each<[string, Partial<World>, string | RegExp]>([
    [
      'a zone',
      { domains: [{ name: 'a.test', dnssec: 'signed', records: () => ['no record'] }] },
      /unrecognized RR type 'record'|Invalid TYPE in RR/,
    ],
    [
      'a record of an unknown host',
      { domains: [{ name: 'a.test', dnssec: 'signed', records: (names) => [names.address('mx')] }] },
      'No host mx',
    ],
    [
      'a signature to break',
      { domains: [{ name: 'a.test', dnssec: 'signed', bogusRrsets: () => ['mx A'] }] },
      'no record set mx.a.test. A',
    ],
    [
      'a mail host',
      { hosts: [{ kind: 'scripted', name: 'mx.good.test', tls: { ciphers: 'nonsense' } }] },
      'cipher',
    ],
  ])('is done when %s is wrong and startLab() rejects', async (_, wrong, message) => {
    const temporary = mkdtempSync(path.join(tmpdir(), 'lab-test-'));
    vi.stubEnv('TMPDIR', temporary);
    try {
      const world: World = { ...(await smallWorld()), domains: [], ...wrong };
      await expect(startLab(world)).rejects.toThrow(message);
      expect(processesOf(temporary)).toEqual([]);
      expect(readdirSync(temporary)).toEqual([]);
    } finally {
      vi.unstubAllEnvs();
      rmSync(temporary, { recursive: true });
    }
  });
});
