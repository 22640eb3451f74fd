import { describe, expect, test } from 'vitest';
import { until } from '../../lab/until.ts';
import { offer, openSession, transactionOf } from './session-kit.ts';
import { serverFixture, type ScriptedServer } from './scripted-server.ts';

const serve = serverFixture({ ehlo: ['PIPELINING', '8BITMIME', 'SIZE 50000000'] });
const hello = transactionOf('hello\r\n');
const two = transactionOf('hello\r\n', {
  recipients: [{ address: 'b@example.net' }, { address: 'c@example.net' }],
});
const serial = { ehlo: ['8BITMIME'] };
/** What came after greeting and EHLO. */
function chunksOf(server: ScriptedServer): string[] {
  return server.seen[0]?.chunks.slice(1) ?? [];
}

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
    expect(result.statuses).toMatchObject([status, status]);
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
    ['message needs SMTPUTF8', { smtpUtf8: true, sender: 'ü@example.org' }, '5.6.7'],
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
