import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test, vi } from 'vitest';
import { until } from '../../lab/until.ts';
import type { Transaction } from '../../../src/core/smtp/transaction.ts';
import { Conversation } from '../../../src/session/conversation.ts';
import { makeCertificate } from '../../support/test-ca.ts';
import { call, offer, openSession, patient, transactionOf } from './session-kit.ts';
import { credentials, serverFixture } from './scripted-server.ts';

const serve = serverFixture({ ehlo: ['PIPELINING', '8BITMIME', 'SIZE 50000000'] });
const drop = { drop: '' } as const;
const hello = transactionOf('hello\r\n');
const two = transactionOf('hello\r\n', {
  recipients: [{ address: 'b@example.net' }, { address: 'c@example.net' }],
});
const tls = credentials(makeCertificate({ names: ['mx.test'] }));

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

test.each(['none', 'encrypt'] as const)('30 MB are streamed in bounded memory (%s)', async (level) => {
  const server = await serve({ tls, ehlo: ['PIPELINING', 'STARTTLS'] });
  const session = await openSession(server, level);
  const line = `${'x'.repeat(76)}\r\n.dots\r\n`;
  const chunk = Buffer.from(line.repeat(Math.ceil(65_536 / line.length)));
  const chunks = Math.ceil(3e7 / chunk.length);
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  /** What is held: what was let go would stay as long as it pleases the engine. */
  const held = (): number => {
    collect();
    return process.memoryUsage().arrayBuffers;
  };
  let most = 0;
  const sockets = held();
  async function* content(): AsyncGenerator<Uint8Array> {
    for (let sent = 0; sent < chunks; sent += 1) {
      if (sent % 20 === 0) most = Math.max(most, held() - sockets);
      yield chunk;
      await Promise.resolve();
    }
  }
  const { statuses } = await offer(session, { ...hello, size: chunks * chunk.length, content });
  expect(statuses).toMatchObject([{ outcome: 'sent' }]);
  expect(server.seen[0]?.contentOctets).toBeGreaterThan(3e7);
  expect(most).toBeLessThan(10e6);
});

test('whatever the pieces, the content goes out in writes of 64 KiB and a last one with the dot', async () => {
  const server = await serve({});
  const session = await openSession(server, 'none');
  const line = `${'x'.repeat(62)}\r\n`;
  const pieces = [1_030, 20, 540].map((lines) => Buffer.from(line.repeat(lines)));
  const size = 1_590 * 64;
  const send = vi.spyOn(Conversation.prototype, 'send');
  const { statuses } = await offer(session, { ...hello, size, content: () => pieces });
  const writes = send.mock.calls.flatMap(([data]) => (typeof data === 'string' ? [] : [data.length]));
  send.mockRestore();
  expect(statuses).toMatchObject([{ outcome: 'sent' }]);
  expect(writes).toEqual([65_536, size - 65_536 + '.\r\n'.length]);
});

describe('a host that does not read on', () => {
  const chunk = Buffer.from(`${'x'.repeat(62)}\r\n`.repeat(1024));
  const chunks = 320;
  const big = {
    ...hello,
    size: chunks * chunk.length,
    /** As the queue gives it: each piece has to be waited for. */
    async *content(): AsyncGenerator<Uint8Array> {
      for (let sent = 0; sent < chunks; sent += 1) {
        await Promise.resolve();
        yield chunk;
      }
    },
  };
  const late = 'conversation with mx.test[127.0.0.1] timed out while sending message body';

  test('at all, as behind a path that takes small packets only, is held against the host and nobody else', async () => {
    const server = await serve({ duringContent: (octets) => (octets > 100_000 ? { deaf: '' } : undefined) });
    const { connected, lines } = await call(server, 'may', { timeouts: { ...patient, dataXferMs: 200 } });
    if (connected.kind === 'trouble') throw new Error(connected.status.reason);
    const { statuses } = await offer(connected.session, big);
    expect(statuses).toEqual([
      {
        outcome: 'deferred',
        dsn: '4.4.2',
        scope: 'host',
        reason: late,
        relay: `mx.test[127.0.0.1]:${server.port}`,
      },
    ]);
    expect(lines).toEqual([]);
  });

  test('as fast as it must on the whole, is given up although each piece comes through in time', async () => {
    const server = await serve({ readPauseMs: 20 });
    const options = { timeouts: { ...patient, dataXferMs: 500 }, minDataRate: 1e9 };
    const session = await openSession(server, 'may', options);
    const { statuses } = await offer(session, big);
    expect(statuses).toMatchObject([{ outcome: 'deferred', scope: 'host', reason: late }]);
  });
});

describe('the whole of a transaction', () => {
  const slowly = { later: '250 ok', ms: 60 } as const;
  const recipients = Array.from({ length: 20 }, (_, at) => ({ address: `r${at}@example.net` }));

  test('has a deadline, however quick each step is', async () => {
    const server = await serve({ ehlo: ['8BITMIME'], on: { RCPT: slowly } });
    const session = await openSession(server, 'may', { timeouts: { ...patient, transactionMs: 300 } });
    const { statuses } = await offer(session, { ...hello, recipients });
    const reason = 'conversation with mx.test[127.0.0.1] timed out while sending RCPT TO';
    expect(statuses).toEqual(recipients.map(() => expect.objectContaining({ outcome: 'deferred', reason })));
    expect(statuses.some(({ ambiguous }) => ambiguous)).toBe(false);
  });

  test('has none once the dot is sent: there is no hurry with an answer that counts', async () => {
    const server = await serve({ on: { dot: { later: '250 ok', ms: 600 } } });
    const session = await openSession(server, 'may', { timeouts: { ...patient, transactionMs: 400 } });
    expect((await offer(session, hello)).statuses).toMatchObject([{ outcome: 'sent' }]);
  });
});
