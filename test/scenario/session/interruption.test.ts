import { describe, expect, test } from 'vitest';
import { until } from '../../lab/until.ts';
import type { Transaction } from '../../../src/core/smtp/transaction.ts';
import { offer, openSession, patient, transactionOf } from './session-kit.ts';
import { makeCertificate } from '../../support/test-ca.ts';
import { credentials, serverFixture, type Script } from './scripted-server.ts';

const serve = serverFixture({ ehlo: ['PIPELINING', '8BITMIME', 'SIZE 50000000'] });
const hang = { hang: true } as const;
const drop = { drop: '' } as const;
const hello = transactionOf('hello\r\n');
const two = transactionOf('hello\r\n', {
  recipients: [{ address: 'b@example.net' }, { address: 'c@example.net' }],
});
const serial = { ehlo: ['8BITMIME'] };

describe('a server that goes silent or away', () => {
  /** No patience at the stage in question; at the others a busy machine may take its time. */
  const briefAt = (verb: string): typeof patient => ({ ...patient, [timeoutOf[verb] ?? '']: 80 });
  const timeoutOf: Readonly<Record<string, keyof typeof patient>> = {
    MAIL: 'mailMs',
    RCPT: 'rcptMs',
    DATA: 'dataInitMs',
    content: 'dataXferMs',
    dot: 'dataDoneMs',
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
        const session = await openSession(server, 'may', {
          timeouts: act === hang ? briefAt(verb) : patient,
        });
        const status = { outcome: 'deferred', dsn: '4.4.2', scope: 'host', reason: text };
        expect(await offer(session, two)).toMatchObject({ statuses: [status, status] });
        expect(session.usable()).toBe(false);
        await until(() => server.seen[0]?.closed === true);
      }
    });

    test.each(stages)('with 421 at %s', async (verb) => {
      const server = await serve({ ...script, on: { [verb]: { drop: '421 4.3.2 closing' } } });
      const session = await openSession(server, 'may', { timeouts: patient });
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
      const server = await serve({ ...script, on: { [verb]: 'what now?\r\n'.repeat(30) } });
      const session = await openSession(server, 'may', { timeouts: patient });
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

  test('with a positive reply to DATA, which answers nothing: no content is sent', async () => {
    const server = await serve({ on: { DATA: '250 2.0.0 fine' } });
    const session = await openSession(server, 'may');
    const { statuses } = await offer(session, hello);
    expect(statuses).toMatchObject([{ outcome: 'deferred', dsn: '4.5.0', scope: 'host' }]);
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
    const session = await openSession(server, 'may', { timeouts: briefAt('content') });
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

test.each(['TLSv1.2', 'TLSv1.3'] as const)(
  'a long reply to the dot counts though it is the last that the server says: %s',
  async (version) => {
    const tls = { ...credentials(makeCertificate({ names: ['mx.test'] })), maxVersion: version };
    const long = Array.from({ length: 150 }, () => `250-2.0.0 ${'x'.repeat(70)}`).join('\r\n');
    for (const reset of [{}, { reset: true }] as const) {
      const server = await serve({
        ehlo: ['STARTTLS'],
        tls,
        on: { dot: { drop: `${long}\r\n250 2.0.0 took it`, ...reset } },
      });
      const session = await openSession(server, 'encrypt');
      expect(await offer(session, hello)).toMatchObject({ statuses: [{ outcome: 'sent', dsn: '2.0.0' }] });
    }
  },
);
