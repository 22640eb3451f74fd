import { describe, expect, test } from 'vitest';
import type { DotIntent } from '../../../src/core/smtp/transaction.ts';
import { call, offer, openSession, patient, transactionOf } from './session-kit.ts';
import { serverFixture } from './scripted-server.ts';

const serve = serverFixture({ ehlo: ['PIPELINING', '8BITMIME', 'SIZE 50000000'] });

function intentOf(ask: () => Promise<boolean>, good: () => boolean = () => true): DotIntent {
  return { record: ask, holds: good };
}

async function offered(intent: DotIntent, ehlo: readonly string[], dataXferMs = patient.dataXferMs) {
  const server = await serve({ ehlo });
  const { connected, lines } = await call(server, 'may', { timeouts: { ...patient, dataXferMs } });
  if (connected.kind === 'trouble') throw new Error(connected.status.reason);
  const { statuses } = await offer(connected.session, transactionOf('hello\r\n', { intent }));
  return { status: statuses[0], seen: server.seen[0], lines, session: connected.session };
}

describe.each([[['PIPELINING']], [[]]])('the intent to send the final dot, EHLO %j', (ehlo) => {
  test('is waited for', async () => {
    const { status, seen } = await offered(
      intentOf(() => new Promise((resolve) => setTimeout(resolve, 30, true))),
      ehlo,
    );
    expect(status).toMatchObject({ outcome: 'sent' });
    expect(seen?.contents).toEqual(['hello\r\n']);
  });

  test('refused, means that no dot is sent and the mail is somebody else’s', async () => {
    const { status, seen, session } = await offered(
      intentOf(async () => false),
      ehlo,
    );
    expect(status).toMatchObject({
      outcome: 'deferred',
      scope: 'destination',
      ours: true,
      reason: 'delivery was taken over by another process',
    });
    expect(status).not.toHaveProperty('ambiguous');
    expect(seen?.contents).toEqual([]);
    expect(session.usable()).toBe(false);
  });

  test('that is good no more when the dot is due, is none', async () => {
    const { status, seen } = await offered(
      intentOf(
        async () => true,
        () => false,
      ),
      ehlo,
    );
    expect(status).toMatchObject({ reason: 'delivery was taken over by another process' });
    expect(seen?.contents).toEqual([]);
  });

  test.each([
    [
      'cannot be written down',
      () => Promise.reject(new Error('Redis is gone')),
      'error: cannot write down that the final dot goes to mx.test[127.0.0.1]:%p: Redis is gone',
    ],
    [
      'does not come in time',
      () => new Promise<boolean>(() => {}),
      'error: cannot write down that the final dot goes to mx.test[127.0.0.1]:%p: no answer in time',
    ],
  ])('that %s is our own trouble', async (_, ask, line) => {
    const { status, seen, lines, session } = await offered(intentOf(ask), ehlo, 80);
    expect(status).toMatchObject({ outcome: 'deferred', ours: true, reason: 'the queue is not available' });
    expect(seen?.contents).toEqual([]);
    expect(lines).toContain(line.replace('%p', session.relay.replace(/.*:/, '')));
  });
});

test('intent is not asked for where nobody takes the message', async () => {
  const server = await serve({ ehlo: [], on: { RCPT: '550 5.1.1 no' } });
  let asked = 0;
  const intent = intentOf(async () => {
    asked += 1;
    return true;
  });
  await offer(await openSession(server, 'may'), transactionOf('hello\r\n', { intent }));
  expect(asked).toBe(0);
});

test('a server that leaves meanwhile is not taken for a queue in trouble', async () => {
  const server = await serve({ on: { DATA: { drop: '354 go on' } } });
  const { statuses } = await offer(
    await openSession(server, 'may'),
    transactionOf('hello\r\n', { intent: intentOf(() => new Promise<boolean>(() => {})) }),
  );
  expect(statuses[0]).toMatchObject({
    outcome: 'deferred',
    reason: expect.stringMatching(/lost connection .* while sending message body/) as string,
  });
  expect(statuses[0]).not.toHaveProperty('ours');
});
