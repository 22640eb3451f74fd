import { afterEach, describe, expect, test } from 'vitest';
import type { Transaction } from '../../../src/core/smtp/transaction.ts';
import { makeCertificate } from '../../support/test-ca.ts';
import { call, offer, openSession, patient, transactionOf, until } from './session-kit.ts';
import { credentials, startScriptedServer, type Script, type ScriptedServer } from './scripted-server.ts';

const servers: ScriptedServer[] = [];
async function serve(script: Script): Promise<ScriptedServer> {
  const server = await startScriptedServer({ ehlo: ['PIPELINING', '8BITMIME', 'SIZE 50000000'], ...script });
  servers.push(server);
  return server;
}
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

const hang = { hang: true } as const;
const drop = { drop: '' } as const;
const hello = transactionOf('hello\r\n');
const two: Transaction = {
  ...hello,
  recipients: [{ address: 'b@example.net' }, { address: 'c@example.net' }],
};
const tls = credentials(makeCertificate({ names: ['mx.test'] }));
/** What came after greeting and EHLO. */
function chunksOf(server: ScriptedServer): string[] {
  return server.seen[0]?.chunks.slice(1) ?? [];
}
const serial = { ehlo: ['8BITMIME'] };

describe('a message that is taken', () => {
  test('with PIPELINING in two writes', async () => {
    const server = await serve({});
    const session = await openSession(server, 'may');
    const before = Date.now();
    const result = await offer(session, two);
    const status = {
      outcome: 'sent',
      dsn: '2.0.0',
      reason: '250 2.0.0 Ok: queued as 4TEST',
      scope: 'message',
      relay: session.relay,
      remote: { host: 'mx.test', reply: '250 2.0.0 Ok: queued as 4TEST' },
    };
    expect(result.statuses).toEqual([status, status]);
    expect(result.startedAt).toBeGreaterThanOrEqual(before);
    expect(result.endedAt).toBeGreaterThanOrEqual(result.startedAt);
    expect(chunksOf(server)).toEqual([
      'MAIL FROM:<a@example.org> SIZE=7\r\nRCPT TO:<b@example.net>\r\nRCPT TO:<c@example.net>\r\nDATA\r\n',
      'hello\r\n.\r\n',
    ]);
  });

  test('without PIPELINING step by step', async () => {
    const server = await serve(serial);
    await offer(await openSession(server, 'may'), two);
    expect(chunksOf(server)).toEqual([
      'MAIL FROM:<a@example.org>\r\n',
      'RCPT TO:<b@example.net>\r\n',
      'RCPT TO:<c@example.net>\r\n',
      'DATA\r\n',
      'hello\r\n.\r\n',
    ]);
  });

  test('with its dots doubled and its last line ended', async () => {
    const server = await serve({});
    const session = await openSession(server, 'may');
    await offer(session, transactionOf('.\r\n..a\r\nno end'));
    expect(server.seen[0]?.contents).toEqual(['..\r\n...a\r\nno end\r\n']);
  });

  test('from a source that gives it in pieces, late', async () => {
    const server = await serve({});
    const session = await openSession(server, 'may');
    const pieces = ['a\r', '\n', '.', '\r\nb\r\n'];
    async function* content(): AsyncGenerator<Uint8Array> {
      for (const piece of pieces) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        yield new Uint8Array(Buffer.from(piece));
      }
    }
    expect(await offer(session, { ...hello, size: 9, content })).toMatchObject({
      statuses: [{ outcome: 'sent' }],
    });
    expect(server.seen[0]?.contents).toEqual(['a\r\n..\r\nb\r\n']);
  });
});

test.each([[{}], [serial]])('some recipients refused: the others get it (%j)', async (script) => {
  const server = await serve({
    ...script,
    on: {
      RCPT: (line) =>
        line.includes('<c@') ? '550 5.1.1 who' : line.includes('<d@') ? '450 4.2.1 later' : '250 ok',
    },
  });
  const session = await openSession(server, 'may');
  const recipients = ['b@x.test', 'c@x.test', 'd@x.test', 'e@x.test'].map((address) => ({ address }));
  const { statuses } = await offer(session, { ...hello, recipients });
  expect(statuses).toMatchObject([
    { outcome: 'sent' },
    {
      outcome: 'bounced',
      dsn: '5.1.1',
      scope: 'recipient',
      reason: 'host mx.test[127.0.0.1] said: 550 5.1.1 who (in reply to RCPT TO command)',
    },
    { outcome: 'deferred', dsn: '4.2.1', scope: 'recipient' },
    { outcome: 'sent' },
  ]);
  expect(session.usable()).toBe(true);
});

describe('a message that nobody takes', () => {
  test('all recipients refused, DATA refused too: RSET, and the session goes on', async () => {
    let refusing = true;
    const server = await serve({
      on: {
        RCPT: () => (refusing ? '550 5.1.1 who' : '250 ok'),
        DATA: () => (refusing ? '503 5.5.1 whom' : '354 go'),
      },
    });
    const session = await openSession(server, 'may');
    expect(await offer(session, two)).toMatchObject({ statuses: [{ dsn: '5.1.1' }, { dsn: '5.1.1' }] });
    await until(() => server.seen[0]?.commands.at(-1) === 'RSET');
    refusing = false;
    expect(session.usable()).toBe(true);
    expect(await offer(session, hello)).toMatchObject({ statuses: [{ outcome: 'sent' }] });
    expect(session.uses).toBe(2);
  });

  test('all recipients refused, DATA not: the end of content alone, and the session goes on', async () => {
    let refusing = true;
    const server = await serve({
      on: {
        RCPT: () => (refusing ? '550 5.1.1 who' : '250 ok'),
        dot: () => (refusing ? '554 5.5.1 none' : '250 ok'),
      },
    });
    const session = await openSession(server, 'may');
    expect(await offer(session, hello)).toMatchObject({ statuses: [{ dsn: '5.1.1' }] });
    expect(server.seen[0]?.contents).toEqual(['']);
    refusing = false;
    expect(session.usable()).toBe(true);
    expect(await offer(session, hello)).toMatchObject({ statuses: [{ outcome: 'sent' }] });
  });

  test('all recipients refused one by one: no DATA', async () => {
    const server = await serve({ ...serial, on: { RCPT: '550 5.1.1 who' } });
    const session = await openSession(server, 'may');
    await offer(session, two);
    await until(() => server.seen[0]?.commands.at(-1) === 'RSET');
    expect(server.seen[0]?.commands).not.toContain('DATA');
    expect(session.usable()).toBe(true);
  });

  test.each([[{}], [serial]])('the sender refused (%j)', async (script) => {
    const server = await serve({
      ...script,
      on: { MAIL: '550 5.7.1 not you', RCPT: '503 5.5.1 MAIL first', DATA: '503 5.5.1 MAIL first' },
    });
    const session = await openSession(server, 'may');
    const reason = 'host mx.test[127.0.0.1] said: 550 5.7.1 not you (in reply to MAIL FROM command)';
    const status = { outcome: 'bounced', dsn: '5.7.1', scope: 'message', reason };
    expect(await offer(session, two)).toMatchObject({ statuses: [status, status] });
    expect(session.usable()).toBe(true);
  });

  test('the sender refused, recipients and DATA not: the connection is dropped before an empty message is sent', async () => {
    const server = await serve({ on: { MAIL: '550 5.7.1 not you' } });
    const session = await openSession(server, 'may');
    expect(await offer(session, hello)).toMatchObject({ statuses: [{ dsn: '5.7.1' }] });
    await until(() => server.seen[0]?.closed === true);
    expect(server.seen[0]?.contents).toEqual([]);
  });

  test.each<[string, string, string, string]>([
    ['DATA', '451 4.3.0 later', 'deferred', 'DATA command'],
    ['DATA', '554 5.7.1 no', 'bounced', 'DATA command'],
    ['dot', '552 5.3.4 too big', 'bounced', 'end of DATA command'],
    ['dot', '451 4.7.1 greylisted', 'deferred', 'end of DATA command'],
  ])('%s: %s', async (verb, reply, outcome, command) => {
    const server = await serve({ on: { [verb]: reply } });
    const session = await openSession(server, 'may');
    const { statuses } = await offer(session, two);
    const reason = `host mx.test[127.0.0.1] said: ${reply} (in reply to ${command})`;
    expect(statuses).toMatchObject([
      { outcome, scope: 'message', dsn: reply.slice(4, 9), reason },
      { outcome, scope: 'message', dsn: reply.slice(4, 9), reason },
    ]);
    expect(session.usable()).toBe(true);
  });

  test.each([
    ['message too long for the server', { size: 51_000_000 }, '5.3.4'],
    ['message needs SMTPUTF8', { smtpUtf8: true }, '5.6.7'],
    ['sender that is no address', { sender: 'a@x\r\nRSET' }, '5.1.7'],
    ['recipient that is no address', { recipients: [{ address: 'b@x SIZE=1' }] }, '5.1.3'],
  ])('%s: not a word is said', async (_, part, dsn) => {
    const server = await serve({});
    const session = await openSession(server, 'may');
    expect(await offer(session, { ...hello, ...part })).toMatchObject({
      statuses: [{ outcome: 'bounced', dsn }],
    });
    expect(server.seen[0]?.commands).toEqual(['EHLO relay.test']);
    expect(session.usable()).toBe(true);
  });
});

describe('a server that goes silent or away', () => {
  const brief = {
    ...patient,
    mailMs: 80,
    rcptMs: 80,
    dataInitMs: 80,
    dataXferMs: 80,
    dataDoneMs: 80,
    rsetMs: 80,
  };
  const stages: [string, string][] = [
    ['MAIL', 'sending MAIL FROM'],
    ['RCPT', 'sending RCPT TO'],
    ['DATA', 'sending DATA command'],
    ['dot', 'sending end of data -- message may be sent more than once'],
  ];

  describe.each([[{}], [serial]])('%j', (script) => {
    test.each(stages)('at %s', async (verb, doing) => {
      for (const [act, text] of [
        [hang, `conversation with mx.test[127.0.0.1] timed out while ${doing}`],
        [drop, `lost connection with mx.test[127.0.0.1] while ${doing}`],
        [{ drop: '', reset: true }, `lost connection with mx.test[127.0.0.1] while ${doing}`],
      ] as const) {
        const server = await serve({ ...script, on: { [verb]: act } });
        const session = await openSession(server, 'may', { timeouts: brief });
        const status = { outcome: 'deferred', dsn: '4.4.2', scope: 'host', reason: text };
        expect(await offer(session, two)).toMatchObject({ statuses: [status, status] });
        expect(session.usable()).toBe(false);
        await until(() => server.seen[0]?.closed === true);
      }
    });

    test.each(stages)('with 421 at %s', async (verb) => {
      const server = await serve({ ...script, on: { [verb]: { drop: '421 4.3.2 closing' } } });
      const session = await openSession(server, 'may', { timeouts: brief });
      const { statuses, stale } = await offer(session, two);
      for (const status of statuses) {
        expect(status).toMatchObject({
          outcome: 'deferred',
          dsn: '4.3.2',
          reason: expect.stringContaining('421 4.3.2 closing') as string,
        });
      }
      expect(stale).toBeUndefined();
      expect(session.usable()).toBe(false);
    });

    test.each(stages)('with garbage at %s', async (verb) => {
      const server = await serve({ ...script, on: { [verb]: 'what now?' } });
      const session = await openSession(server, 'may', { timeouts: brief });
      const reason = 'Protocol error: host mx.test[127.0.0.1] said: what now?';
      expect(await offer(session, two)).toMatchObject({
        statuses: [
          { dsn: '4.5.0', reason },
          { dsn: '4.5.0', reason },
        ],
      });
      expect(session.usable()).toBe(false);
    });
  });

  test('in the middle of the recipients: what is decided stays decided', async () => {
    const server = await serve({ on: { RCPT: (line) => (line.includes('<b@') ? '550 5.1.1 who' : drop) } });
    const session = await openSession(server, 'may');
    expect(await offer(session, two)).toMatchObject({ statuses: [{ dsn: '5.1.1' }, { dsn: '4.4.2' }] });
  });

  test('with a positive reply to DATA: a protocol error, no content is sent', async () => {
    const server = await serve({ on: { DATA: '250 2.0.0 fine' } });
    const session = await openSession(server, 'may');
    const { statuses } = await offer(session, hello);
    expect(statuses).toMatchObject([{ outcome: 'bounced', dsn: '5.5.0' }]);
    expect(session.usable()).toBe(false);
    expect(server.seen[0]?.contents).toEqual([]);
  });

  test('with a flood of replies: memory and time stay bounded', async () => {
    const server = await serve({ on: { DATA: `354 go\r\n${'250 ok\r\n'.repeat(200_000)}250 ok` } });
    const session = await openSession(server, 'may');
    const { statuses } = await offer(session, hello);
    // The first reply too many came before the content: it cannot mean that the content is accepted.
    expect(statuses).toMatchObject([{ outcome: 'deferred', dsn: '4.5.0' }]);
    expect(server.seen[0]?.contents).toEqual([]);
  });

  test('while it takes no more content', async () => {
    const server = await serve({ on: { DATA: '354 go' }, duringContent: () => ({ deaf: '' }) });
    const session = await openSession(server, 'may', { timeouts: { ...brief, dataDoneMs: 100 } });
    const chunk = Buffer.alloc(65_536, 'x');
    const big = { ...hello, size: 3e7, content: () => Array.from({ length: 460 }, () => chunk) };
    const reason = 'conversation with mx.test[127.0.0.1] timed out while sending message body';
    expect(await offer(session, big)).toMatchObject({ statuses: [{ dsn: '4.4.2', reason }] });
  });
});

describe('an early reply', () => {
  const chunk = Buffer.alloc(65_536, 'x');
  const big: Transaction = { ...hello, size: 3e7, content: () => Array.from({ length: 460 }, () => chunk) };

  test.each<[string, Script, object]>([
    [
      'refuses and goes on reading',
      { duringContent: (octets) => (octets > 100_000 ? { stall: '552 5.3.4 enough' } : undefined) },
      {
        outcome: 'bounced',
        dsn: '5.3.4',
        reason: expect.stringContaining('552 5.3.4 enough (in reply to end of DATA command)') as string,
      },
    ],
    [
      'refuses and stops reading',
      { duringContent: (octets) => (octets > 100_000 ? { deaf: '552 5.3.4 enough' } : undefined) },
      { outcome: 'bounced', dsn: '5.3.4' },
    ],
    [
      'refuses and closes',
      { duringContent: (octets) => (octets > 100_000 ? { drop: '451 4.3.0 disk' } : undefined) },
      { outcome: 'deferred' },
    ],
    [
      'accepts what it has not seen',
      { duringContent: (octets) => (octets > 100_000 ? { stall: '250 2.0.0 fine' } : undefined) },
      { outcome: 'deferred', dsn: '4.5.0' },
    ],
  ])('%s', async (_, script, status) => {
    const server = await serve(script);
    // Longer than the test may take: the reply itself must wake the writer.
    const session = await openSession(server, 'may', { timeouts: { ...patient, dataXferMs: 90_000 } });
    expect(await offer(session, big)).toMatchObject({ statuses: [status] });
    for (const socket of server.sockets) socket.resume();
    await until(() => server.seen[0]?.closed === true);
    expect(server.seen[0]?.contents).toEqual([]);
  });
});

describe('content that cannot be read', () => {
  const piece = Buffer.from('half a message\r\n');
  const failing: [string, Transaction['content']][] = [
    [
      'fails at once',
      () => {
        throw new Error('no such body');
      },
    ],
    [
      'fails after a while',
      async function* () {
        yield piece;
        await Promise.resolve();
        throw new Error('disk');
      },
    ],
    [
      'fails in its rhythm',
      function* () {
        yield piece;
        throw new Error('disk');
      },
    ],
    ['ends early', () => [piece]],
    [
      'never comes',
      async function* () {
        yield piece;
        await new Promise(() => undefined);
      },
    ],
  ];

  test.each(failing)('%s: the connection is dropped without a dot', async (_, content) => {
    const server = await serve({});
    const { connected, lines } = await call(server, 'may', { timeouts: { ...patient, dataXferMs: 100 } });
    if (connected.kind === 'trouble') throw new Error(connected.status.reason);
    const { statuses } = await offer(connected.session, { ...two, size: 1000, content });
    const reason = 'local data error while talking to mx.test[127.0.0.1]';
    const status = { outcome: 'deferred', dsn: '4.3.0', scope: 'message', reason };
    expect(statuses).toMatchObject([status, status]);
    await until(() => server.seen[0]?.closed === true);
    expect(server.seen[0]?.contents).toEqual([]);
    expect(lines.at(-1)).toMatch(/^error: cannot read message content for mx\.test\[127\.0\.0\.1\]:\d+: ./);
  });

  test('a source that does not wait is closed when it is not read to its end', async () => {
    const server = await serve({ duringContent: () => ({ stall: '552 5.3.4 enough' }) });
    const session = await openSession(server, 'may');
    let closed = false;
    function* content(): Generator<Uint8Array> {
      try {
        for (;;) yield Buffer.alloc(65_536, 'x');
      } finally {
        closed = true;
      }
    }
    await offer(session, { ...hello, content });
    expect(closed).toBe(true);
  });

  test('a source that is not read to its end is closed', async () => {
    const server = await serve({ duringContent: () => drop });
    const session = await openSession(server, 'may');
    let closed = false;
    async function* content(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield Buffer.alloc(65_536, 'x');
      } finally {
        closed = true;
      }
    }
    await offer(session, { ...hello, content });
    expect(closed).toBe(true);
  });
});

describe('an aborted signal', () => {
  test.each(['MAIL', 'RCPT', 'DATA'])('at %s ends the transaction at once', async (verb) => {
    const server = await serve({ on: { [verb]: hang } });
    const session = await openSession(server, 'may');
    const controller = new AbortController();
    const running = session.transact(two, controller.signal);
    await until(() => server.seen[0]?.commands.some((line) => line.startsWith(verb)) === true);
    controller.abort();
    const status = { outcome: 'deferred', dsn: '4.3.2', scope: 'destination' };
    expect(await running).toMatchObject({ statuses: [status, status] });
    expect(session.usable()).toBe(false);
  });

  test('while content is sent ends it without a dot', async () => {
    const server = await serve({});
    const session = await openSession(server, 'may');
    const controller = new AbortController();
    async function* content(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('one\r\n');
      controller.abort();
      await new Promise(() => undefined);
    }
    expect(await session.transact({ ...hello, content }, controller.signal)).toMatchObject({
      statuses: [{ dsn: '4.3.2' }],
    });
    await until(() => server.seen[0]?.closed === true);
    expect(server.seen[0]?.contents).toEqual([]);
  });

  test('after the dot is of no account: the reply decides', async () => {
    const server = await serve({ on: { dot: hang } });
    const session = await openSession(server, 'may');
    const controller = new AbortController();
    const running = session.transact(hello, controller.signal);
    await until(() => server.seen[0]?.contents.length === 1);
    controller.abort();
    await new Promise((resolve) => setTimeout(resolve, 30));
    for (const socket of server.sockets) socket.write('250 2.0.0 late\r\n');
    expect(await running).toMatchObject({ statuses: [{ outcome: 'sent', reason: '250 2.0.0 late' }] });
  });

  test('before it begins says nothing', async () => {
    const server = await serve({});
    const session = await openSession(server, 'may');
    const result = await session.transact(hello, AbortSignal.abort());
    expect(result).toMatchObject({ statuses: [{ outcome: 'deferred', dsn: '4.3.2' }] });
    expect(result.stale).toBeUndefined();
    expect(server.seen[0]?.commands).toEqual(['EHLO relay.test']);
  });
});

describe('a session that is used again', () => {
  test.each(['none', 'encrypt'] as const)('carries many messages (%s)', async (level) => {
    const server = await serve({ tls, ehlo: ['PIPELINING', 'STARTTLS'] });
    const session = await openSession(server, level);
    for (let use = 1; use <= 300; use += 1) {
      const { statuses } = await offer(session, transactionOf(`message ${use}\r\n`));
      expect(statuses[0]?.outcome).toBe('sent');
      expect(session.uses).toBe(use);
      expect(session.usable()).toBe(true);
    }
    expect(server.seen).toHaveLength(1);
    expect(server.seen[0]?.contents.at(-1)).toBe('message 300\r\n');
  });

  test.each<[string, (server: ScriptedServer) => void]>([
    ['was closed', (server) => server.sockets.forEach((socket) => socket.end())],
    ['was reset', (server) => server.sockets.forEach((socket) => socket.resetAndDestroy())],
    [
      'got a parting word',
      (server) => server.sockets.forEach((socket) => socket.write('421 4.4.2 idle\r\n')),
    ],
  ])('is not usable once it %s, and a transaction says that it is stale', async (_, act) => {
    const server = await serve({});
    const session = await openSession(server, 'may');
    await offer(session, hello);
    expect(session.usable()).toBe(true);
    act(server);
    await until(() => !session.usable());
    const result = await offer(session, hello);
    expect(result).toMatchObject({
      stale: true,
      statuses: [
        {
          outcome: 'deferred',
          dsn: '4.4.2',
          reason: expect.stringContaining('while sending MAIL FROM') as string,
        },
      ],
    });
  });

  test.each<[string, Script['on'] & object]>([
    ['hangs up at MAIL', { MAIL: drop }],
    ['says 421 to MAIL', { MAIL: { drop: '421 4.4.2 idle' } }],
  ])('is stale if the server %s', async (_, later) => {
    let uses = 0;
    const server = await serve({
      on: { MAIL: () => ((uses += 1) > 1 ? (later['MAIL'] as typeof drop) : '250 ok') },
    });
    const session = await openSession(server, 'may');
    expect((await offer(session, hello)).stale).toBeUndefined();
    expect(await offer(session, hello)).toMatchObject({ stale: true, statuses: [{ outcome: 'deferred' }] });
  });

  test('is not usable if RSET is refused', async () => {
    const server = await serve({ on: { RCPT: '550 5.1.1 who', DATA: '503 whom', RSET: '502 5.5.1 what' } });
    const session = await openSession(server, 'may');
    await offer(session, hello);
    await until(() => !session.usable());
    expect((await offer(session, hello)).stale).toBe(true);
  });

  test('is stale if RSET is never answered', async () => {
    const server = await serve({ on: { RCPT: '550 5.1.1 who', DATA: '503 whom', RSET: hang } });
    const session = await openSession(server, 'may', { timeouts: { ...patient, rsetMs: 50 } });
    await offer(session, hello);
    expect(await offer(session, hello)).toMatchObject({ stale: true, statuses: [{ outcome: 'deferred' }] });
  });

  test('refuses a second transaction while one runs', async () => {
    const server = await serve({ on: { MAIL: hang } });
    const session = await openSession(server, 'may');
    const running = offer(session, hello);
    expect(session.usable()).toBe(false);
    await expect(offer(session, hello)).rejects.toThrow('one is running');
    session.destroy();
    expect(await running).toMatchObject({ statuses: [{ dsn: '4.4.2' }] });
  });
});

describe('the end of a session', () => {
  test('close() says QUIT and hangs up', async () => {
    const server = await serve({});
    const session = await openSession(server, 'may');
    await offer(session, hello);
    session.close();
    expect(session.usable()).toBe(false);
    await until(() => server.seen[0]?.closed === true);
    expect(server.seen[0]?.commands.at(-1)).toBe('QUIT');
  });
});

test.each(['none', 'encrypt'] as const)('30 MB are streamed in bounded memory (%s)', async (level) => {
  const server = await serve({ tls, ehlo: ['PIPELINING', 'STARTTLS'] });
  const session = await openSession(server, level);
  const line = `${'x'.repeat(76)}\r\n.dots\r\n`;
  const chunk = Buffer.from(line.repeat(Math.ceil(65_536 / line.length)));
  const chunks = Math.ceil(3e7 / chunk.length);
  let most = 0;
  const sockets = process.memoryUsage().arrayBuffers;
  async function* content(): AsyncGenerator<Uint8Array> {
    for (let sent = 0; sent < chunks; sent += 1) {
      most = Math.max(most, process.memoryUsage().arrayBuffers - sockets);
      yield chunk;
      await Promise.resolve();
    }
  }
  const { statuses } = await offer(session, { ...hello, size: chunks * chunk.length, content });
  expect(statuses).toMatchObject([{ outcome: 'sent' }]);
  expect(server.seen[0]?.contentOctets).toBeGreaterThan(3e7);
  expect(most).toBeLessThan(20e6);
});
