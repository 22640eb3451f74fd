import { describe, expect, test } from 'vitest';
import type { SessionEvent } from '../../../src/core/delivery/session-event.ts';
import type { TransactionResult } from '../../../src/core/smtp/transaction.ts';
import { createAheadMemory } from '../../../src/session/ahead-memory.ts';
import type { HostSession } from '../../../src/session/session.ts';
import { until } from '../../lab/until.ts';
import { makeCertificate } from '../../support/test-ca.ts';
import { openSession, patient, transactionOf } from './session-kit.ts';
import { credentials, serverFixture, type Act, type Script } from './scripted-server.ts';

const serve = serverFixture({ ehlo: ['PIPELINING', '8BITMIME', 'SIZE 50000000'] });
const never = new AbortController().signal;
const tls = credentials(makeCertificate({ names: ['mx.test'] }));
const ahead = () => createAheadMemory(true);

/**
 * Offers messages one after the other, each as soon as the session takes it. Resolves to their results, and to how many
 * were begun before the reply to the message before.
 */
async function offerAll(
  session: HostSession,
  contents: readonly string[],
): Promise<{ readonly results: readonly TransactionResult[]; readonly early: number }> {
  const results: Promise<TransactionResult>[] = [];
  let early = 0;
  for (const content of contents) {
    const under = new Promise<'early' | 'done'>((resolve) => {
      const running = session.transact(transactionOf(content), never, () => resolve('early'));
      results.push(running);
      running.then(
        () => resolve('done'),
        () => resolve('done'),
      );
    });
    if ((await under) === 'early') early += 1;
    if (!session.usable()) break;
  }
  return { results: await Promise.all(results), early };
}

const outcomes = (results: readonly TransactionResult[]): readonly string[] =>
  results.map(({ statuses, stale }) => (stale ? 'stale' : (statuses[0]?.outcome ?? 'none')));

const messages = ['one\r\n', 'two\r\n', 'three\r\n'];

describe('the next envelope behind the final dot', () => {
  test.each(['none', 'encrypt'] as const)(
    'is taken by a host (%s), and each reply is of its own message',
    async (level) => {
      const server = await serve({ tls, ehlo: ['PIPELINING', 'STARTTLS'] });
      const session = await openSession(server, level, { ahead: ahead() });
      const many = Array.from({ length: 50 }, (_, index) => `message ${index}\r\n`);
      const { results, early } = await offerAll(session, many);
      expect(outcomes(results)).toEqual(many.map(() => 'sent'));
      expect(early).toBe(50);
      expect(server.seen).toHaveLength(1);
      expect(server.seen[0]?.contents).toEqual(many);
      expect(session.uses).toBe(50);
      // In one piece with the dot before it.
      expect(server.seen[0]?.chunks.filter((chunk) => chunk.includes('\r\n.\r\nMAIL'))).toHaveLength(49);
    },
  );

  test.each<[string, readonly string[], boolean]>([
    ['the host does not offer PIPELINING', ['8BITMIME'], true],
    ['it is not wanted', ['PIPELINING'], false],
  ])('is not sent if %s', async (_, ehlo, isWanted) => {
    const server = await serve({ ehlo });
    const session = await openSession(server, 'none', { ahead: createAheadMemory(isWanted) });
    const { results, early } = await offerAll(session, messages);
    expect(outcomes(results)).toEqual(['sent', 'sent', 'sent']);
    expect(early).toBe(0);
  });

  test('the message before is refused, the next one is taken', async () => {
    let dots = 0;
    const server = await serve({ on: { dot: () => ((dots += 1) === 1 ? '554 5.6.0 no' : '250 2.0.0 ok') } });
    const session = await openSession(server, 'none', { ahead: ahead() });
    const { results } = await offerAll(session, messages);
    expect(outcomes(results)).toEqual(['bounced', 'sent', 'sent']);
    expect(results[0]?.statuses[0]?.reason).toContain('554 5.6.0 no');
  });

  const none = '554 5.5.1 no valid recipients';
  const out = '503 5.5.1 MAIL first';
  test.each<[string, Script['on'] & object]>([
    ['RCPT', { RCPT: nth(2, '550 5.1.1 nobody', '250 ok'), DATA: nth(2, none, '354 go') }],
    [
      'MAIL',
      { MAIL: nth(2, '451 4.7.1 later', '250 ok'), RCPT: nth(2, out, '250 ok'), DATA: nth(2, out, '354 go') },
    ],
    ['DATA', { DATA: nth(2, '451 4.3.0 later', '354 go') }],
  ])('a refusal of %s counts only if it is heard again in its own time', async (verb, on) => {
    const server = await serve({ on });
    const session = await openSession(server, 'none', { ahead: ahead() });
    const { results } = await offerAll(session, messages);
    expect(outcomes(results)).toEqual(['sent', 'sent', 'sent']);
    expect(server.seen[0]?.commands.filter((line) => line.startsWith(verb))).toHaveLength(4);
  });

  test('a refusal counts at once where 354 proves that it is the reply to its command', async () => {
    const server = await serve({ on: { RCPT: nth(2, '550 5.1.1 nobody', '250 ok') } });
    const session = await openSession(server, 'none', { ahead: ahead() });
    const { results } = await offerAll(session, messages);
    expect(outcomes(results)).toEqual(['sent', 'bounced', 'sent']);
    expect(server.seen[0]?.contents.filter((content) => content === 'two\r\n')).toEqual([]);
  });

  test('a refusal that stays is the outcome', async () => {
    const server = await serve({ on: { RCPT: from(2, '550 5.1.1 nobody', '250 ok'), DATA: dataAfter() } });
    const session = await openSession(server, 'none', { ahead: ahead() });
    const { results } = await offerAll(session, messages);
    expect(outcomes(results)).toEqual(['sent', 'bounced', 'bounced']);
    expect(results[1]?.statuses[0]?.reason).toContain('550 5.1.1 nobody');
  });

  test('a reply too many after the dot bounces nobody, and the host gets no envelope ahead again', async () => {
    let dots = 0;
    const memory = ahead();
    const server = await serve({
      on: { dot: () => ((dots += 1) === 1 ? '250 2.0.0 ok\r\n550 5.0.0 stray' : '250 2.0.0 ok') },
    });
    const session = await openSession(server, 'none', { ahead: memory });
    const { results } = await offerAll(session, messages);
    expect(results.flatMap(({ statuses }) => statuses).some(({ outcome }) => outcome === 'bounced')).toBe(
      false,
    );
    expect(results[0]?.statuses[0]?.outcome).toBe('sent');
    expect(server.seen[0]?.contents).toEqual(['one\r\n']);
    expect(memory.mayTry({ host: 'mx.test', address: '127.0.0.1', port: server.port })).toBe(false);
  });

  test.each([1, 2, 3, 4])(
    '%i replies too many after each dot: nobody is bounced or said to have it',
    async (count) => {
      const memory = ahead();
      const stray = '\r\n250 2.0.0 stray'.repeat(count);
      const server = await serve({ on: { dot: () => `250 2.0.0 ok${stray}` } });
      const session = await openSession(server, 'none', { ahead: memory });
      const { results } = await offerAll(session, messages);
      const [first, ...others] = outcomes(results);
      expect(first).toBe('sent');
      expect(others.filter((one) => one === 'bounced' || one === 'sent')).toEqual([]);
      expect(server.seen[0]?.contents).toEqual(['one\r\n']);
      expect(memory.mayTry({ host: 'mx.test', address: '127.0.0.1', port: server.port })).toBe(false);
    },
  );

  test('whoever watches is told everything in the place of its own message', async () => {
    const events: string[] = [];
    const told = (event: SessionEvent): void => {
      if (event.kind === 'said') events.push(`said ${event.text.split('\r\n', 1)[0]}`);
      if (event.kind === 'heard') events.push(`heard ${event.lines.join()}`);
      if (event.kind === 'offered') events.push(`offered ${event.queueId}`);
      if (event.kind === 'outcome') events.push('outcome');
    };
    const server = await serve({ on: { dot: nth(1, '554 5.6.0 no', '250 2.0.0 ok'), QUIT: '221 bye' } });
    const session = await openSession(server, 'none', {
      ahead: ahead(),
      observe: () => ({ listens: true, note: told }),
    });
    events.length = 0;
    let next: Promise<TransactionResult> | undefined;
    await session.transact(
      transactionOf('one\r\n', { queueId: '4one', sender: 'one@example.org' }),
      never,
      () => {
        next = session.transact(
          transactionOf('two\r\n', { queueId: '4two', sender: 'two@example.org' }),
          never,
        );
      },
    );
    expect((await next)?.statuses[0]?.outcome).toBe('sent');
    const envelope = (name: string): readonly string[] => [
      `offered 4${name}`,
      `said MAIL FROM:<${name}@example.org> SIZE=5`,
      'heard 250 2.1.0 Ok',
      'heard 250 2.1.5 Ok',
      'heard 354 End data with <CR><LF>.<CR><LF>',
    ];
    expect(events).toEqual([
      ...envelope('one'),
      'heard 554 5.6.0 no',
      'outcome',
      ...envelope('two'),
      'heard 250 2.0.0 ok',
      'outcome',
    ]);
  });

  test('the session is told to have ended when the last message is', async () => {
    const kinds: string[] = [];
    const server = await serve({ on: { dot: { drop: '250 2.0.0 ok' } } });
    const session = await openSession(server, 'none', {
      ahead: ahead(),
      observe: () => ({ listens: true, note: ({ kind }) => void kinds.push(kind) }),
    });
    await offerAll(session, messages.slice(0, 2));
    expect(kinds.filter((kind) => kind === 'outcome' || kind === 'ended')).toEqual([
      'outcome',
      'outcome',
      'ended',
    ]);
  });

  test('the intent to send the dot is not stored for a message whose envelope went to a session that ended', async () => {
    const server = await serve({ on: { dot: { drop: '' } } });
    const session = await openSession(server, 'none', { ahead: ahead() });
    let recorded = 0;
    const intent = {
      record: async () => {
        recorded += 1;
        return true;
      },
      holds: () => true,
    };
    let next: Promise<TransactionResult> | undefined;
    await session.transact(transactionOf('one\r\n'), never, () => {
      next = session.transact(transactionOf('two\r\n', { intent }), never);
    });
    expect((await next)?.stale).toBe(true);
    expect(recorded).toBe(0);
  });

  test.each<[string, Script['on'] & object]>([
    ['hangs up after its reply', { dot: { drop: '250 2.0.0 ok' } }],
    ['says 421 to the next', { MAIL: nth(2, '421 4.3.2 bye', '250 ok') }],
  ])('a host that %s has the first message, and the second is stale', async (_, on) => {
    const memory = ahead();
    const server = await serve({ on });
    const session = await openSession(server, 'none', { ahead: memory });
    const { results } = await offerAll(session, messages.slice(0, 2));
    expect(outcomes(results)).toEqual(['sent', 'stale']);
    expect(server.seen[0]?.contents).toEqual(['one\r\n']);
    expect(memory.mayTry({ host: 'mx.test', address: '127.0.0.1', port: server.port })).toBe(true);
  });

  test('a host that hangs up without a reply to the dot is in doubt as ever, and gets no envelope ahead again', async () => {
    const memory = ahead();
    const server = await serve({ on: { dot: { drop: '' } } });
    const session = await openSession(server, 'none', { ahead: memory });
    const { results } = await offerAll(session, messages.slice(0, 2));
    expect(results[0]?.statuses[0]).toMatchObject({ outcome: 'deferred', ambiguous: true });
    expect(outcomes(results)[1]).toBe('stale');
    expect(results[1]?.statuses[0]?.ambiguous).not.toBe(true);
    expect(memory.mayTry({ host: 'mx.test', address: '127.0.0.1', port: server.port })).toBe(false);
  });

  test('a host that loses what comes behind a dot is waited for, and remembered', async () => {
    const memory = ahead();
    const server = await serve({ on: { MAIL: nth<Act>(2, { hang: true }, '250 ok') } });
    const session = await openSession(server, 'none', {
      ahead: memory,
      timeouts: { ...patient, mailMs: 100 },
    });
    const { results } = await offerAll(session, messages.slice(0, 2));
    expect(outcomes(results)).toEqual(['sent', 'stale']);
    expect(memory.mayTry({ host: 'mx.test', address: '127.0.0.1', port: server.port })).toBe(false);
  });

  test('a message does not wait for long for the one before: it goes elsewhere, and what was said of it with the session', async () => {
    let isAnswered = false;
    const dot = nth<Act>(1, { later: '250 2.0.0 ok', ms: 600 }, '250 2.0.0 no other');
    const server = await serve({ on: { dot } });
    const memory = createAheadMemory(true, 50);
    const session = await openSession(server, 'none', { ahead: memory });
    let next: Promise<TransactionResult> | undefined;
    const first = session.transact(transactionOf('one\r\n'), never, () => {
      next = session.transact(transactionOf('two\r\n'), never);
      next.then(
        () => session.close(),
        () => {},
      );
    });
    void first.then(() => (isAnswered = true));
    await until(() => next !== undefined, 'the dot to be out');
    expect(await next).toMatchObject({ stale: true, withdrawn: true });
    expect(isAnswered).toBe(false);
    expect(memory.mayTry({ host: 'mx.test', address: '127.0.0.1', port: server.port })).toBe(false);
    expect((await first).statuses[0]?.outcome).toBe('sent');
    await until(() => server.seen[0]?.closed === true, 'the connection to end');
    // DATA cannot be taken back: any word more would be content.
    expect(server.seen[0]?.contents).toEqual(['one\r\n']);
    expect(server.seen[0]?.commands.filter((line) => line.startsWith('MAIL'))).toHaveLength(2);
    expect(server.seen[0]?.commands).not.toContain('QUIT');
  });

  test('nobody hangs up before the reply to the dot', async () => {
    const server = await serve({});
    const session = await openSession(server, 'none', { ahead: ahead() });
    const result = await session.transact(transactionOf('one\r\n'), never, () => session.close());
    expect(result.statuses[0]?.outcome).toBe('sent');
    expect(session.usable()).toBe(false);
  });

  test('a message that is given up while the one before waits for its reply does it no harm', async () => {
    const server = await serve({});
    const session = await openSession(server, 'none', { ahead: ahead() });
    const second = new AbortController();
    let next: Promise<TransactionResult> | undefined;
    const first = session.transact(transactionOf('one\r\n'), never, () => {
      next = session.transact(transactionOf('two\r\n'), second.signal);
      second.abort();
    });
    expect((await first).statuses[0]?.outcome).toBe('sent');
    expect((await next)?.statuses[0]?.outcome).toBe('deferred');
    expect(server.seen[0]?.contents).toEqual(['one\r\n']);
  });
});

/** The nth time `special`, else `usual`. */
function nth<T>(count: number, special: T, usual: T): () => T {
  let times = 0;
  return () => ((times += 1) === count ? special : usual);
}

/** From the nth time on. */
function from<T>(count: number, special: T, usual: T): () => T {
  let times = 0;
  return () => ((times += 1) >= count ? special : usual);
}

/** A host that has refused all recipients says so to DATA too. */
function dataAfter(): () => string {
  let times = 0;
  return () => ((times += 1) >= 2 ? '554 5.5.1 no valid recipients' : '354 go');
}
