import { createHash } from 'node:crypto';
import type { ConnectionOptions } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import { type ListenerRules, plainListener } from '../../../src/core/intake/listener.ts';
import type { IntakeOptions, IntakePorts } from '../../../src/intake/intake-options.ts';
import type { ServerIdentity } from '../../../src/tls/accept-tls.ts';
import { readServerCertificate } from '../../../src/tls/server-certificate.ts';
import { keyPemOf, makeAuthority, makeCertificate, pemOf } from '../../support/test-ca.ts';
import { securedClient, type RawClient } from './raw-client.ts';
import { type RunningIntake, runIntake } from './running-intake.ts';

/** Those who speak for others: balancers with the PROXY protocol, proxies and mail servers with XCLIENT and XFORWARD. */

const inside = '192.0.2.1';
const outside = '203.0.113.9';
/** Any address of 127/8 is ours to connect from. */
const stranger = '127.0.0.9';
const isPeer = (address: string): boolean => address === '127.0.0.1';
const sha256 = (octets: Buffer): string => createHash('sha256').update(octets).digest('hex');
const signature = '0d0a0d0a000d0a515549540a';

let intake: RunningIntake;
afterEach(() => intake.stop(0));

async function start(
  rules: Partial<ListenerRules>,
  options: Partial<IntakeOptions> = {},
  ports: Partial<IntakePorts> = {},
): Promise<void> {
  const at = { kind: 'tcp', host: '127.0.0.1', port: 0 } as const;
  const listeners = [{ at, rules: { ...plainListener('test'), ...rules } }];
  intake = await runIntake({ listeners, networks: ['192.0.2.0/24'], clientLimit: 100, ...options }, ports);
}

async function saying(header: Buffer | string, from?: string): Promise<RawClient> {
  const client = await intake.client(from);
  client.write(header);
  return client;
}

const lineFor = (address: string): string => `PROXY TCP4 ${address} 198.51.100.1 40000 25\r\n`;
const binaryFor = (address: string): Buffer =>
  Buffer.concat([
    Buffer.from(`${signature}2111000f`, 'hex'),
    Buffer.from([...address.split('.').map(Number), 198, 51, 100, 1, 0x9c, 0x40, 0, 25]),
    // Something that is to be skipped (PP2_TYPE_NOOP).
    Buffer.from([4, 0, 0]),
  ]);

/** The reply to a recipient. */
async function recipient(client: RawClient): Promise<string> {
  return client.talk('EHLO client.example', 'MAIL FROM:<s@x.example>', 'RCPT TO:<r@y.example>');
}

async function message(client: RawClient): Promise<string> {
  return client.talk('DATA', '\r\ntext\r\n.');
}

describe('behind a balancer', () => {
  test.each([
    ['version 1', lineFor],
    ['version 2', binaryFor],
  ])('%s: a client is who the balancer says', async (_, headerFor) => {
    await start({ proxyPeers: isPeer });
    const good = await saying(headerFor(inside));
    expect(await good.reply()).toBe('220 relay.example ESMTP dane-relay');
    expect(await recipient(good)).toBe('250 2.1.5 Ok');
    expect(await message(good)).toMatch(/^250 /);
    expect(intake.stored[0]?.message.client?.address).toBe(inside);
    const bad = await saying(headerFor(outside));
    await bad.reply();
    expect(await recipient(bad)).toContain('Relay access denied');
    expect(intake.lines()).toContain(`connect from unknown[${inside}]`);
  });

  test('a header may come octet by octet', async () => {
    await start({ proxyPeers: isPeer });
    const client = await intake.client();
    client.socket.setNoDelay(true);
    for (const octet of binaryFor(inside)) {
      client.write(Buffer.of(octet));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await client.reply();
    expect(await recipient(client)).toBe('250 2.1.5 Ok');
  });

  test('what follows the header is served', async () => {
    await start({ proxyPeers: isPeer });
    const early = await saying(`${lineFor(inside)}EHLO early.example\r\n`);
    expect([await early.reply(), await early.reply()]).toEqual([
      '220 relay.example ESMTP dane-relay',
      expect.stringMatching(/^250-relay\.example\n/),
    ]);
  });

  test.each([
    ['LOCAL of version 2', Buffer.from(`${signature}20000000`, 'hex')],
    ['UNKNOWN of version 1', 'PROXY UNKNOWN\r\n'],
  ])('a health check is served, but may not relay: %s', async (_, header) => {
    await start({ proxyPeers: isPeer, xclientPeers: isPeer }, { networks: ['127.0.0.0/8'] });
    const client = await saying(header);
    await client.reply();
    expect(await recipient(client)).toContain('Relay access denied');
    expect(await client.talk('RSET', `XCLIENT ADDR=${inside}`)).toBe(
      '550 5.7.0 Error: insufficient authorization',
    );
    expect(await client.say('QUIT')).toBe('221 2.0.0 Bye');
  });

  test.each<[string, string | Buffer, string]>([
    ['nothing but SMTP', 'EHLO client.example\r\n', 'no PROXY header'],
    ['an endless line', `PROXY TCP4 ${'1'.repeat(100_000)}`, 'a PROXY line that is too long'],
    ['a huge length', Buffer.from(`${signature}2111ffff`, 'hex'), 'a PROXY header that is too long'],
    ['a broken address', 'PROXY TCP4 localhost 192.0.2.1 1 2\r\n', 'a PROXY line that cannot be read'],
  ])('%s is refused', async (_, octets, why) => {
    await start({ proxyPeers: isPeer });
    const client = await saying(octets);
    expect(await client.reply()).toMatch(
      /^421 4\.7\.0 relay\.example Error: a PROXY header is expected here$|^closed$/,
    );
    await client.closed();
    expect(intake.lines()).toEqual([`PROXY protocol: ${why} from unknown[127.0.0.1]`]);
  });

  test('a balancer that does not say for whom is not waited for', async () => {
    await start({ proxyPeers: isPeer }, { upstreamProxyTimeoutMs: 100 });
    const client = await saying('PROXY TCP4 ');
    expect(await client.reply()).toContain('a PROXY header is expected here');
    await client.closed();
    expect(intake.lines()).toEqual(['PROXY protocol: no header in time from unknown[127.0.0.1]']);
  });

  test('one that hangs up is forgotten, with half a header or without', async () => {
    await start({ proxyPeers: isPeer });
    for (const octets of ['', 'PROXY TCP4 ']) {
      const client = await saying(octets);
      client.socket.end();
      await client.closed();
    }
    expect(intake.lines()).toEqual([
      'lost connection after CONNECT from unknown[127.0.0.1]',
      'PROXY protocol: half a header from unknown[127.0.0.1]',
    ]);
  });

  test('nobody else may connect, whatever they say', async () => {
    await start({ proxyPeers: isPeer }, { networks: ['127.0.0.0/8', '192.0.2.0/24'] });
    const client = await saying(lineFor(inside), stranger);
    const reply = '421 4.7.0 relay.example Error: connections here come through a proxy';
    expect([reply, 'closed']).toContain(await client.reply());
    await client.closed();
    expect(intake.lines()).toEqual([`NOQUEUE: reject: CONNECT from unknown[${stranger}]: ${reply}`]);
  });

  test('a second header is none', async () => {
    await start({ proxyPeers: isPeer });
    const client = await saying(lineFor(outside));
    await client.reply();
    expect(await client.say(lineFor(inside).trim())).toMatch(/^500 /);
    expect(await recipient(client)).toContain('Relay access denied');
    const twice = await saying(lineFor(outside) + lineFor(inside));
    expect([await twice.reply(), await twice.reply()]).toEqual([
      '220 relay.example ESMTP dane-relay',
      expect.stringMatching(/^500 /),
    ]);
    expect(await recipient(twice)).toContain('Relay access denied');
    expect(intake.lines().join('\n')).not.toContain(inside);
  });

  test('a header is none where no balancer is named', async () => {
    await start({});
    const client = await intake.client();
    await client.reply();
    expect(await client.say(lineFor(inside).trim())).toMatch(/^500 /);
    expect(await recipient(client)).toContain('Relay access denied');
  });

  test('a relay that stops waits for no header', async () => {
    await start({ proxyPeers: isPeer }, { upstreamProxyTimeoutMs: 3_600_000 });
    const client = await saying('PROXY ');
    await new Promise((resolve) => setTimeout(resolve, 50));
    await intake.stop();
    await client.closed();
  });

  test('limits count the client, and not the balancer', async () => {
    await start({ proxyPeers: isPeer }, { clientConnectionCountLimit: 1 });
    const first = await saying(lineFor(inside));
    expect(await first.reply()).toMatch(/^220 /);
    expect(await (await saying(lineFor('192.0.2.2'))).reply()).toMatch(/^220 /);
    expect(await (await saying(lineFor(inside))).reply()).toContain(`too many connections from ${inside}`);
  });
});

describe('under TLS', () => {
  const ca = makeAuthority('ca', { notAfter: Date.UTC(2100, 0) });
  const { der, keys } = makeCertificate({ names: ['relay.example'], notAfter: Date.UTC(2100, 0) }, ca);
  const key = keyPemOf({ keys });
  const own = { certificate: pemOf(der), key };

  async function startTls(
    rules: Partial<ListenerRules>,
    relayClientcerts = new Set<string>(),
  ): Promise<void> {
    const asks = relayClientcerts.size > 0;
    const identity: ServerIdentity = { certificates: [readServerCertificate(own, asks)], relayClientcerts };
    const at = { kind: 'tcp', host: '127.0.0.1', port: 0 } as const;
    const listener = {
      at,
      rules: { ...plainListener('test'), relayClientcerts, ...rules },
      identity: () => identity,
    };
    intake = await runIntake({ listeners: [listener], networks: ['192.0.2.0/24'], clientLimit: 100 });
  }

  const secured = (plain: RawClient, options?: ConnectionOptions): Promise<RawClient> =>
    securedClient(plain, ca, options);

  test('the header is in clear before a handshake, be it in one segment with its beginning', async () => {
    await startTls({ tls: 'implicit', proxyPeers: isPeer });
    for (const header of [lineFor(inside), binaryFor(inside)]) {
      const plain = await intake.client();
      plain.socket.cork();
      plain.write(header);
      process.nextTick(() => plain.socket.uncork());
      const client = await secured(plain);
      expect(await client.reply()).toBe('220 relay.example ESMTP dane-relay');
      expect(await recipient(client)).toBe('250 2.1.5 Ok');
      expect(await message(client)).toMatch(/^250 /);
    }
    expect(intake.stored.map(({ message: { client } }) => [client?.address, client?.protocol])).toEqual([
      [inside, 'ESMTPS'],
      [inside, 'ESMTPS'],
    ]);
  });

  test('nothing is said in clear to a balancer that sends no header', async () => {
    await startTls({ tls: 'implicit', proxyPeers: isPeer });
    const client = await saying('EHLO client.example\r\n');
    expect(await client.reply()).toBe('closed');
  });

  test('a header within TLS is none', async () => {
    await startTls({ tls: 'implicit' });
    const client = await secured(await intake.client());
    await client.reply();
    expect(await client.say(lineFor(inside).trim())).toMatch(/^500 /);
    expect(await recipient(client)).toContain('Relay access denied');
  });

  test('the certificate of a peer gives no right to those it speaks for, if TLS comes after XCLIENT', async () => {
    await startTls({ tls: 'starttls', xclientPeers: isPeer }, new Set([sha256(der)]));
    const plain = await intake.client();
    await plain.reply();
    await plain.talk('EHLO proxy.example', `XCLIENT ADDR=${outside}`, 'EHLO client.example', 'STARTTLS');
    const client = await secured(plain, { cert: own.certificate, key });
    expect(await recipient(client)).toContain('Relay access denied');
  });

  test('TLS stays after XCLIENT, and the right of a certificate does not', async () => {
    await startTls({ tls: 'starttls', xclientPeers: isPeer }, new Set([sha256(der)]));
    const plain = await intake.client();
    await plain.reply();
    await plain.talk('EHLO proxy.example', 'STARTTLS');
    const client = await secured(plain, { cert: own.certificate, key });
    expect(await recipient(client)).toBe('250 2.1.5 Ok');
    await client.talk('RSET', `XCLIENT ADDR=${outside}`);
    expect(await client.say('EHLO client.example')).not.toContain('STARTTLS');
    expect(await client.talk('MAIL FROM:<s@x.example>', 'RCPT TO:<r@y.example>')).toContain(
      'Relay access denied',
    );
  });
});

describe('XCLIENT', () => {
  const offer = 'XCLIENT NAME ADDR PROTO HELO REVERSE_NAME PORT LOGIN DESTADDR DESTPORT';

  async function greeted(from?: string): Promise<RawClient> {
    const client = await intake.client(from);
    await client.reply();
    return client;
  }

  test('is offered to peers, and makes them somebody else in a new session', async () => {
    await start({ xclientPeers: isPeer });
    const client = await greeted();
    expect(await client.say('EHLO proxy.example')).toContain(`250-${offer}\n`);
    expect(await client.say(`XCLIENT NAME=app.example ADDR=${inside} PORT=40000`)).toBe(
      '220 relay.example ESMTP dane-relay',
    );
    expect(await client.say('MAIL FROM:<s@x.example>')).toMatch(/^503 /);
    expect(await recipient(client)).toBe('250 2.1.5 Ok');
    expect(await message(client)).toMatch(/^250 /);
    expect(intake.stored[0]?.message.client).toMatchObject({ name: 'app.example', address: inside });
    expect(intake.lines()).toContain(`XCLIENT from localhost[127.0.0.1]: client=app.example[${inside}]`);
    expect(intake.lines()).toContain(`Q1: client=app.example[${inside}]`);
  });

  test('is over for whoever is no peer then', async () => {
    await start({ xclientPeers: isPeer });
    const client = await greeted();
    await client.talk('EHLO proxy.example', `XCLIENT ADDR=${outside}`);
    expect(await client.say('EHLO client.example')).not.toContain('XCLIENT');
    expect(await client.say(`XCLIENT ADDR=${inside}`)).toBe('550 5.7.0 Error: insufficient authorization');
    expect(await recipient(client)).toContain('Relay access denied');
  });

  test('is refused to strangers, who cannot claim to be inside', async () => {
    await start({ xclientPeers: isPeer });
    const client = await greeted(stranger);
    expect(await client.say('EHLO client.example')).not.toMatch(/XCLIENT|XFORWARD/);
    for (const verb of ['XCLIENT', 'XFORWARD'])
      expect(await client.say(`${verb} ADDR=${inside}`)).toBe('550 5.7.0 Error: insufficient authorization');
    expect(await recipient(client)).toContain('Relay access denied');
  });

  test('may say HELO and a login, which counts as one here', async () => {
    await start({ xclientPeers: isPeer });
    const client = await greeted();
    const said = `XCLIENT ADDR=${outside} LOGIN=ann@example.org HELO=app.example PROTO=ESMTP`;
    await client.talk('EHLO proxy.example', said, 'MAIL FROM:<s@x.example>', 'RCPT TO:<r@y.example>');
    expect(await message(client)).toMatch(/^250 /);
    expect(intake.stored[0]?.message.client).toMatchObject({ helo: 'app.example', protocol: 'ESMTPA' });
    expect(intake.lines()).toContain(
      `XCLIENT from localhost[127.0.0.1]: client=unknown[${outside}], sasl_username=ann@example.org`,
    );
  });

  test('takes no rights along: an address that is not known may not relay', async () => {
    await start({ xclientPeers: isPeer }, { networks: ['127.0.0.0/8'] });
    const client = await greeted();
    await client.talk('EHLO proxy.example', 'XCLIENT ADDR=[UNAVAILABLE] NAME=[UNAVAILABLE]');
    expect(await recipient(client)).toContain('Relay access denied');
    expect(intake.lines().at(-1)).toContain('from unknown[unknown]: 554');
  });

  test('does not come between MAIL and the end of a message, and has to be well-formed', async () => {
    await start({ xclientPeers: isPeer });
    const client = await greeted();
    expect(await client.talk('EHLO proxy.example', 'MAIL FROM:<s@x.example>', `XCLIENT ADDR=${inside}`)).toBe(
      '503 5.5.1 Error: MAIL transaction in progress',
    );
    expect(await client.talk('RSET', 'XCLIENT ADDR=localhost')).toBe('501 5.5.4 Bad ADDR syntax: localhost');
    expect(await recipient(client)).toContain('Relay access denied');
  });

  test('is no way around the limits of a client', async () => {
    await start({ xclientPeers: isPeer }, { clientConnectionCountLimit: 1 });
    const first = await greeted();
    expect(await first.talk('EHLO proxy.example', `XCLIENT ADDR=${inside}`)).toMatch(/^220 /);
    const second = await greeted();
    expect(await second.talk('EHLO proxy.example', `XCLIENT ADDR=${inside}`)).toMatch(
      /^421 .*too many connections from 192\.0\.2\.1$/,
    );
    await second.closed();
    await first.talk('QUIT');
    await first.closed();
    const third = await greeted();
    expect(await third.talk('EHLO proxy.example', `XCLIENT ADDR=${inside}`)).toMatch(/^220 /);
  });
});

describe('XFORWARD', () => {
  test('names the origin of one message in the log, and nothing else', async () => {
    await start({ xclientPeers: isPeer }, { networks: ['127.0.0.0/8'] });
    const client = await intake.client();
    await client.reply();
    expect(await client.say('EHLO mta.example')).toContain(
      '250-XFORWARD NAME ADDR PROTO HELO SOURCE PORT IDENT\n',
    );
    await client.talk('XFORWARD NAME=app.example ADDR=203.0.113.9 PROTO=ESMTP', 'XFORWARD IDENT=4ABC');
    for (const after of ['MAIL FROM:<s@x.example>', 'RCPT TO:<r@y.example>']) await client.say(after);
    expect(await client.say('XFORWARD IDENT=5DEF')).toBe('503 5.5.1 Error: MAIL transaction in progress');
    expect(await message(client)).toMatch(/^250 /);
    await client.talk('XFORWARD IDENT=6', 'RSET', 'MAIL FROM:<s@x.example>', 'RCPT TO:<r@y.example>');
    expect(intake.lines().filter((line) => line.includes(': client='))).toEqual([
      'Q1: client=localhost[127.0.0.1], orig_queue_id=4ABC, orig_client=app.example[203.0.113.9]',
      'Q2: client=localhost[127.0.0.1]',
    ]);
    expect(intake.stored[0]?.message.client?.address).toBe('127.0.0.1');
    const { fields } = intake.events.find(({ event }) => event === 'queued') ?? {};
    expect(fields).toMatchObject({
      origQueueId: '4ABC',
      origClientName: 'app.example',
      origClientAddress: '203.0.113.9',
    });
  });
});
