import { once } from 'node:events';
import { connect as netConnect, type Socket } from 'node:net';
import { connect as tlsConnect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { createHash } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { chooseAddresses } from './address-space.ts';
import { makeCertificate, makeChain, type Certificate } from './certificates.ts';
import { startMailHost, type MailHost, type MailHostOptions } from './mail-host.ts';
import type { Stage } from './mail-session.ts';
import { until } from './until.ts';

let certificate: Certificate;
let rsa: Certificate;
let place: { name: string; address: string; port: number };
let host: MailHost | undefined;
beforeAll(async () => {
  [certificate, rsa] = await Promise.all([
    makeCertificate({ names: ['mx.good.test'] }),
    makeCertificate({ names: ['mx.good.test'], key: 'RSA-2048' }),
  ]);
  const space = await chooseAddresses();
  place = { name: 'mx.good.test', address: space.address(1), port: space.port };
});
afterEach(async () => host?.stop());

async function start(options: MailHostOptions = {}): Promise<MailHost> {
  host = await startMailHost(place, { certificates: [certificate], ...options });
  return host;
}

/** Sends text when asked to, and collects what comes. */
class Client {
  received = '';
  closed = false;
  constructor(socket: Socket) {
    this.socket = socket;
    this.socket.on('data', (chunk: Buffer) => (this.received += chunk.toString()));
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => (this.closed = true));
  }
  socket: Socket;
  /** Sends, and waits for the text of the last reply awaited. */
  async talk(text: string, awaited: RegExp): Promise<string> {
    this.received = '';
    this.socket.write(text);
    await until(() => this.closed || awaited.test(this.received), `${awaited} after ${text}`, 2000);
    return this.received;
  }
}

async function open(): Promise<Client> {
  const client = new Client(netConnect(place.port, place.address));
  await until(() => client.received.includes('\r\n'), 'greeting', 2000);
  return client;
}

async function secure(
  client: Client,
  options: ConnectionOptions = {},
): Promise<Client & { socket: TLSSocket }> {
  await client.talk('STARTTLS\r\n', /^220 /);
  client.socket.removeAllListeners('data');
  const socket = tlsConnect({
    socket: client.socket,
    servername: 'mx.good.test',
    rejectUnauthorized: false,
    ...options,
  });
  await once(socket, 'secureConnect');
  return new Client(socket) as Client & { socket: TLSSocket };
}

const transaction =
  'MAIL FROM:<a@x.test> SIZE=9\r\nRCPT TO:<b@good.test>\r\nRCPT TO:<c@good.test>\r\nDATA\r\n';

test('a pipelined transaction in the clear is answered in order and recorded', async () => {
  const mailHost = await start();
  const client = await open();
  const ehlo = await client.talk('EHLO client.test\r\n', /^250 /m);
  for (const keyword of [
    'STARTTLS',
    'PIPELINING',
    'SIZE',
    '8BITMIME',
    'SMTPUTF8',
    'DSN',
    'ENHANCEDSTATUSCODES',
  ]) {
    expect(ehlo).toContain(keyword);
  }
  const replies = await client.talk(transaction, /^354/m);
  expect(replies.match(/^\d{3}/gm)).toEqual(['250', '250', '250', '354']);
  const last = await client.talk('Subject: x\r\n\r\n..dot\r\n.\r\nQUIT\r\n', /^221/m);
  expect(last).toMatch(/^250 2\.0\.0 Ok: queued as LAB000001\r\n221 /);
  const [message] = await mailHost.waitForMessages(1);
  expect(message).toMatchObject({
    sender: 'a@x.test',
    recipients: ['b@good.test', 'c@good.test'],
    tls: false,
  });
  expect(message?.data.toString()).toBe('Subject: x\r\n\r\n.dot\r\n');
  expect(message?.sha256).toBe(createHash('sha256').update('Subject: x\r\n\r\n.dot\r\n').digest('hex'));
  expect(mailHost.sessions[0]).toMatchObject({ tls: 'none', tlsBytes: 0, end: 'QUIT' });
  expect(mailHost.sessions[0]?.plaintextCommands).toHaveLength(6);
});

test('STARTTLS: SNI, application bytes and commands inside TLS are recorded apart', async () => {
  const mailHost = await start();
  const plain = await open();
  await plain.talk('EHLO client.test\r\n', /^250 /m);
  const client = await secure(plain);
  const [session] = mailHost.sessions;
  await until(() => session?.tls === 'established', 'secure');
  expect(session).toMatchObject({ serverName: 'mx.good.test', protocol: 'TLSv1.3', tlsBytes: 0 });
  const ehlo = await client.talk('EHLO client.test\r\n', /^250 /m);
  expect(ehlo).not.toContain('STARTTLS');
  await client.talk(transaction, /^354/m);
  await client.talk('x\r\n.\r\nQUIT\r\n', /^221/m);
  expect(mailHost.messages[0]?.tls).toBe(true);
  expect(session?.plaintextCommands).toEqual(['EHLO client.test', 'STARTTLS']);
  expect(session?.tlsCommands).toHaveLength(6);
  expect(session?.tlsBytes).toBe(`EHLO client.test\r\n${transaction}x\r\n.\r\nQUIT\r\n`.length);
});

test('STARTTLS: commands in the same segment are not kept', async () => {
  await start();
  const client = await open();
  await client.talk('STARTTLS\r\nMAIL FROM:<evil@x.test>\r\n', /^220 /m);
  expect(client.received.match(/^\d{3}/gm)).toEqual(['220']);
});

test('STARTTLS: a client that leaves in or after the handshake shows', async () => {
  const mailHost = await start();
  const [leaver, liar] = [await open(), await open()];
  const { socket } = await secure(leaver);
  await until(() => mailHost.sessions[0]?.tls === 'established', 'secure');
  socket.destroy();
  await liar.talk('STARTTLS\r\n', /^220 /);
  liar.socket.write('no client hello\r\n');
  await until(() => mailHost.sessions.every(({ end }) => end !== 'open'), 'ends');
  expect(mailHost.sessions[0]).toMatchObject({ tls: 'established', tlsBytes: 0, tlsCommands: [] });
  expect(mailHost.sessions[1]).toMatchObject({ tls: 'failed', tlsBytes: 0 });
});

test('options: stripped, injected and custom texts', async () => {
  await start({ startTls: false, greeting: '220-two\r\n220 lines', extensions: ['SIZE 10'] });
  const client = await open();
  expect(client.received).toBe('220-two\r\n220 lines\r\n');
  expect(await client.talk('EHLO c\r\n', /^250 /m)).toBe('250-mx.good.test\r\n250 SIZE 10\r\n');
  expect(await client.talk('STARTTLS\r\n', /\n/)).toMatch(/^502/);
  expect(host?.sessions[0]?.tls).toBe('refused');
  await host?.stop();
  await start({ afterStartTls: '250 injected' });
  expect(await (await open()).talk('STARTTLS\r\n', /injected/)).toMatch(/^220 .*\r\n250 injected\r\n$/);
});

test('options: replies are found by the longest entry and may count', async () => {
  const mailHost = await start({
    replies: {
      RCPT: (_, nth) => (nth === 1 ? '450 4.2.0 Greylisted' : undefined),
      'rcpt to:<x@y.test>': '550 5.1.1 no such user',
      '.': '451 4.3.0 later',
      NOOP: '421 4.3.2 closing',
    },
  });
  const client = await open();
  const replies = await client.talk(
    `MAIL FROM:<>\r\nRCPT TO:<x@y.test> NOTIFY=NEVER\r\nRCPT TO:<a@y.test>\r\nRCPT TO:<a@y.test>\r\nDATA\r\n`,
    /^354/m,
  );
  expect(replies.match(/^\d{3}/gm)).toEqual(['250', '550', '450', '250', '354']);
  await client.talk('x\r\n.\r\n', /^451/);
  expect(mailHost.messages).toHaveLength(0);
  await client.talk('NOOP\r\n', /^421/);
  await until(() => client.closed, 'closed');
});

test('options: every reply waits for delayMs', async () => {
  await start({ delayMs: 80 });
  const startedAt = Date.now();
  await (await open()).talk('EHLO c\r\n', /^250 /m);
  expect(Date.now() - startedAt).toBeGreaterThanOrEqual(155);
});

describe('options: trouble', () => {
  const stages: readonly Stage[] = ['after EHLO', 'after MAIL', 'during DATA', 'after final dot'];
  const script = [
    'EHLO c\r\n',
    'MAIL FROM:<a@x.test>\r\nRCPT TO:<b@good.test>\r\n',
    'DATA\r\n',
    'x\r\n.\r\n',
  ];
  test.each(stages)('%s: the first session is dropped, the second is served', async (at) => {
    const mailHost = await start({ trouble: { at, action: 'drop', sessions: 1 } });
    const client = await open();
    for (const line of script) {
      if (client.closed) break;
      await client.talk(line, /\r\n$/);
    }
    await until(() => client.closed, 'closed', 3000);
    expect(mailHost.sessions[0]?.end).toBe('dropped by host');
    expect(mailHost.messages).toHaveLength(at === 'after final dot' ? 1 : 0);
    const again = await open();
    for (const line of script) await again.talk(line, /^\d{3} .*\r\n$/m);
  });

  test('before greeting: nothing comes', async () => {
    const mailHost = await start({ trouble: { at: 'before greeting', action: 'hang' } });
    const client = new Client(netConnect(place.port, place.address));
    await until(() => mailHost.sessions.length === 1, 'session');
    client.socket.write('EHLO c\r\n');
    await expect(until(() => client.received !== '' || client.closed, 'reply', 150)).rejects.toThrow(
      'in vain',
    );
    client.socket.destroy();
  });

  test.each<[Stage, number]>([
    ['after STARTTLS', 0],
    ['in handshake', 1],
  ])('%s: the connection goes away after 220', async (at) => {
    const mailHost = await start({ trouble: { at, action: 'drop' } });
    const client = await open();
    await client.talk('STARTTLS\r\n', /^220/);
    if (at === 'in handshake') {
      expect(client.closed).toBe(false);
      client.socket.write('\u0016\u0003\u0001');
    }
    await until(() => client.closed, 'closed');
    expect(mailHost.sessions[0]).toMatchObject({ tls: 'failed', end: 'dropped by host' });
  });
});

test.each<[string, 'rsa' | 'none', MailHostOptions['tls'] & object, string, string]>([
  [
    'GCM at TLS 1.2',
    'rsa',
    { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES256-GCM-SHA384' },
    'TLSv1.2',
    'ECDHE-RSA-AES256-GCM-SHA384',
  ],
  [
    'DHE-RSA at TLS 1.0',
    'rsa',
    { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DHE-RSA-AES256-SHA:@SECLEVEL=0' },
    'TLSv1',
    'DHE-RSA-AES256-SHA',
  ],
  [
    'anonymous ECDH',
    'none',
    { maxVersion: 'TLSv1.2', ciphers: 'AECDH-AES256-SHA:@SECLEVEL=0' },
    'TLSv1.2',
    'AECDH-AES256-SHA',
  ],
  [
    'anonymous DH at TLS 1.0',
    'none',
    { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'ADH-AES256-SHA:@SECLEVEL=0' },
    'TLSv1',
    'ADH-AES256-SHA',
  ],
])('options: tls: %s', async (_, kind, tls, protocol, cipher) => {
  await start({ certificates: kind === 'rsa' ? [rsa] : [], tls });
  const client = await secure(await open(), { minVersion: 'TLSv1', ciphers: 'ALL:aNULL:@SECLEVEL=0' });
  expect([client.socket.getProtocol(), client.socket.getCipher().name]).toEqual([protocol, cipher]);
});

test('options: certificates are sent in the order given, extras included', async () => {
  const chain = await makeChain(['mx.good.test']);
  const order = [chain.leaf, certificate, chain.root, chain.intermediate];
  await start({ certificates: order });
  const { socket } = await secure(await open());
  const sent: string[] = [];
  for (let at = socket.getPeerX509Certificate(); at !== undefined; at = at.issuerCertificate) {
    sent.push(at.raw.toString('hex'));
  }
  expect(sent).toEqual(order.map(({ der }) => der.toString('hex')));
});
