import { describe, expect, test } from 'vitest';
import { until } from '../../lab/until.ts';
import { call, offer, openSession, patient, transactionOf } from './session-kit.ts';
import { policyAt } from '../../support/delivery-kit.ts';
import { startScriptedServer, type Act, type Script, serverFixture } from './scripted-server.ts';

const serve = serverFixture();

/** For hosts that say nothing; what comes before their silence has to come in this time. */
const short = { ...patient, heloMs: 1_500, starttlsMs: 1_500 };
const timeoutsFor = (script: Script | Act) =>
  /"(?:hang|stall)":/.test(JSON.stringify(script)) ? short : patient;
const hang = { hang: true } as const;
const drop = { drop: '' } as const;

describe('a host that does not get as far as a session', () => {
  test.each<[string, Script, string, string]>([
    [
      'refuses in its greeting',
      { greeting: '554 5.7.1 no' },
      '4.7.1',
      'host N refused to talk to me: 554 5.7.1 no',
    ],
    ['is busy', { greeting: '421 4.3.2 busy' }, '4.3.2', 'host N refused to talk to me: 421 4.3.2 busy'],
    [
      'never greets',
      { greeting: hang },
      '4.4.2',
      'conversation with N timed out while receiving the initial server greeting',
    ],
    [
      'hangs up at once',
      { greeting: drop },
      '4.4.2',
      'lost connection with N while receiving the initial server greeting',
    ],
    [
      'resets',
      { greeting: { drop: '', reset: true } },
      '4.4.2',
      'lost connection with N while receiving the initial server greeting',
    ],
    [
      'speaks another protocol',
      { greeting: 'HTTP/1.1 400 Bad Request\r\n'.repeat(30) },
      '4.5.0',
      'Protocol error: host N said: HTTP/1.1 400 Bad Request',
    ],
    [
      'floods us with greeting lines',
      { greeting: '220-hi\r\n'.repeat(5000) },
      '4.5.0',
      'Protocol error: host N said: reply of more than 200 lines',
    ],
    [
      'floods us with one line',
      { greeting: `220 ${'x'.repeat(100_000)}` },
      '4.5.0',
      'Protocol error: host N said: reply longer than 65536 octets',
    ],
    ['answers before it is asked', { greeting: '220 hi\r\n250 x' }, '4.7.0', 'unexpected server message'],
    [
      'hangs at EHLO',
      { on: { EHLO: hang } },
      '4.4.2',
      'conversation with N timed out while performing the EHLO handshake',
    ],
    [
      'drops at EHLO',
      { on: { EHLO: drop } },
      '4.4.2',
      'lost connection with N while performing the EHLO handshake',
    ],
    [
      'leaves at EHLO',
      { on: { EHLO: { drop: '421 4.3.2 bye' } } },
      '4.3.2',
      'host N refused to talk to me: 421 4.3.2 bye',
    ],
    [
      'drops at HELO',
      { on: { EHLO: '502 what', HELO: drop } },
      '4.4.2',
      'lost connection with N while performing the HELO handshake',
    ],
  ])('%s', async (_, script, dsn, reason) => {
    const server = await serve(script);
    const { connected } = await call(server, 'may', { timeouts: timeoutsFor(script) });
    expect(connected).toMatchObject({
      kind: 'trouble',
      status: {
        outcome: 'deferred',
        dsn,
        scope: 'host',
        reason: reason.replace(' N ', ' mx.test[127.0.0.1] '),
        relay: `mx.test[127.0.0.1]:${server.port}`,
      },
    });
    await until(() => server.seen[0]?.closed === true);
  });

  test('refuses both EHLO and HELO: that bounces', async () => {
    const server = await serve({ on: { EHLO: '550 5.7.1 no', HELO: '550 5.7.1 never' } });
    const { connected } = await call(server, 'may');
    expect(connected).toMatchObject({
      step: 'EHLO',
      status: { outcome: 'bounced', dsn: '5.7.1', scope: 'host' },
    });
    await until(() => server.seen[0]?.closed === true);
    expect(server.seen[0]?.commands).toEqual(['EHLO relay.test', 'HELO relay.test', 'QUIT']);
  });

  test('does not listen: the line names the address, and no relay is named', async () => {
    const server = await startScriptedServer();
    await server.stop();
    const { connected, lines } = await call(server, 'may');
    const reason = `connect to mx.test[127.0.0.1]:${server.port}: Connection refused`;
    expect(connected).toEqual({
      kind: 'trouble',
      step: 'connect',
      silent: false,
      status: { outcome: 'deferred', dsn: '4.4.1', scope: 'host', reason },
    });
    expect(lines).toEqual([reason]);
  });

  test('trickles its greeting: one deadline for the whole of it', async () => {
    const server = await serve({ greeting: hang });
    const called = call(server, 'may', { timeouts: short });
    const trickle = setInterval(() => {
      for (const socket of server.sockets) socket.write('220-x\r\n');
    }, 20);
    const { connected } = await called;
    clearInterval(trickle);
    expect(connected).toMatchObject({ status: { reason: expect.stringContaining('timed out') as string } });
  });
});

test('connect(): a server that knows only HELO is spoken to, one command at a time', async () => {
  const server = await serve({ on: { EHLO: '500 what' } });
  const session = await openSession(server, 'may');
  const { statuses } = await offer(session, transactionOf('hello\r\n'));
  expect(statuses).toMatchObject([{ outcome: 'sent' }]);
  expect(server.seen[0]?.chunks.slice(1)).toEqual([
    'HELO relay.test\r\n',
    'MAIL FROM:<a@example.org>\r\n',
    'RCPT TO:<b@example.net>\r\n',
    'DATA\r\n',
    'hello\r\n.\r\n',
  ]);
});

test.each([
  ['none', ['STARTTLS']],
  ['may', []],
] as const)('connect(): level %s in clear where %j is offered', async (level, ehlo) => {
  const server = await serve({ ehlo });
  const session = await openSession(server, level);
  expect(session.tls).toBeUndefined();
  expect(session.relay).toBe(`mx.test[127.0.0.1]:${server.port}`);
  expect(server.seen[0]?.commands).toEqual(['EHLO relay.test']);
});

test.each(['454 4.7.0 not now', '550 5.7.1 never'])(
  'connect(): at may a server that answers STARTTLS with %j is spoken to in clear, in the same session',
  async (reply) => {
    const server = await serve({ on: { STARTTLS: reply } });
    const session = await openSession(server, 'may');
    expect(await offer(session, transactionOf('hello\r\n'))).toMatchObject({
      statuses: [{ outcome: 'sent' }],
    });
    expect(server.seen).toHaveLength(1);
  },
);

describe.each(['encrypt', 'half-dane', 'dane', 'dane-only'] as const)(
  'at %s no mail goes out in clear',
  (level) => {
    test.each<[string, Script, string, string]>([
      [
        'STARTTLS is not offered',
        { ehlo: ['PIPELINING'] },
        '4.7.4',
        'TLS is required, but was not offered by host N',
      ],
      [
        'STARTTLS is refused',
        { on: { STARTTLS: '454 4.7.0 no' } },
        '4.7.0',
        'TLS is required, but host N refused to start TLS: 454 4.7.0 no',
      ],
      [
        'STARTTLS is refused for good',
        { on: { STARTTLS: '550 5.7.1 no' } },
        '4.7.1',
        'TLS is required, but host N refused to start TLS: 550 5.7.1 no',
      ],
      [
        'EHLO is refused for good',
        { on: { EHLO: '550 no' } },
        '4.7.0',
        'host N refused to talk to me: 550 no',
      ],
      [
        'the connection drops at STARTTLS',
        { on: { STARTTLS: drop } },
        '4.4.2',
        'lost connection with N while receiving the STARTTLS response',
      ],
      [
        'STARTTLS is never answered',
        { on: { STARTTLS: hang } },
        '4.4.2',
        'conversation with N timed out while receiving the STARTTLS response',
      ],
    ])('%s', async (_, script, dsn, reason) => {
      const server = await serve(script);
      const { connected } = await call(server, policyAt(level), { timeouts: timeoutsFor(script) });
      expect(connected).toMatchObject({
        kind: 'trouble',
        status: {
          outcome: 'deferred',
          dsn,
          scope: 'host',
          reason: reason.replace(/\bN\b/, 'mx.test[127.0.0.1]'),
        },
      });
      await until(() => server.seen[0]?.closed === true);
      expect(server.seen).toHaveLength(1);
      expect(server.seen[0]?.commands.join('\n')).not.toMatch(/MAIL|RCPT|DATA|HELO/);
    });
  },
);

describe('connect(): a handshake that fails', () => {
  test.each<[string, Act, RegExp[]]>([
    [
      'is answered in clear',
      '220 go\r\n554 no TLS for you',
      [
        /^SSL_connect error to RELAY: -1$/,
        /^warning: TLS library problem: error:0A00010B:SSL routines::wrong version number$/,
      ],
    ],
    [
      'is closed',
      { drop: '220 go' },
      [
        /^SSL_connect error to RELAY: (?:lost connection|Connection reset by peer|Broken pipe)$/,
        /^no answer to ClientHello from RELAY: trying again with a smaller one$/,
        /^SSL_connect error to RELAY: (?:lost connection|Connection reset by peer|Broken pipe)$/,
      ],
    ],
    ['never ends', { stall: '220 go' }, [/^SSL_connect error to RELAY: Connection timed out$/]],
  ])('because it %s', async (_, act, expected) => {
    const server = await serve({ on: { STARTTLS: act } });
    // What is sent after 220 in the same segment is discarded; here the client's hello must get a bad answer.
    const timer = setInterval(() => {
      if (typeof act === 'string' && server.seen[0]?.commands.includes('STARTTLS') === true)
        for (const socket of server.sockets) socket.write('554 no TLS for you\r\n');
    }, 10);
    const { connected, lines } = await call(server, 'dane', { timeouts: timeoutsFor(act) });
    clearInterval(timer);
    expect(connected).toMatchObject({
      step: 'handshake',
      status: {
        outcome: 'deferred',
        dsn: '4.7.5',
        scope: 'host',
        reason: 'Cannot start TLS: handshake failure',
      },
    });
    const told = lines.filter((line) => !line.includes('discarded'));
    const relay = `mx.test[127.0.0.1]:${server.port}`;
    expect(told.map((line) => line.replace(relay, 'RELAY'))).toEqual(
      expected.map((line) => expect.stringMatching(line) as string),
    );
  });
});
