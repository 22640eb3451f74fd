import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import type { Reply } from './reply.ts';
import {
  canAnswer,
  endsSession,
  hostDeferral,
  isTooManyRecipients,
  outOfStep,
  refused,
  refusedStartTls,
  refusedToTalk,
  relayName,
  reportedCharacters,
  sent,
  wireTrouble,
  type MailStage,
  type Stage,
  type WireTrouble,
} from './verdict.ts';

const peer = { host: 'mx.example', address: '192.0.2.1', port: 25 };
const relay = 'mx.example[192.0.2.1]:25';

function reply(text: string): Reply {
  const enhanced = /^\d{3}[ -](\d\.\d+\.\d+)/.exec(text)?.[1];
  return {
    code: Number(text.slice(0, 3)),
    lines: text.split('\n'),
    ...(enhanced !== undefined && { enhanced }),
  };
}

test('relayName(): IPv6 stands in the same brackets', () => {
  expect(relayName({ host: 'mx.example', address: '2001:db8::25', port: 2525 })).toBe(
    'mx.example[2001:db8::25]:2525',
  );
});

test('sent(): quotes the reply, and keeps its lines for a report', () => {
  expect(sent(reply('250-2.6.0 got it\n250 2.6.0 as 4X'), peer)).toEqual({
    outcome: 'sent',
    dsn: '2.6.0',
    reason: '250-2.6.0 got it 250 2.6.0 as 4X',
    scope: 'message',
    relay,
    remote: { host: 'mx.example', reply: '250-2.6.0 got it\n250 2.6.0 as 4X' },
  });
  expect(sent(reply('250 ok'), peer).dsn).toBe('2.0.0');
});

test('what is kept of a reply is little, however long it was', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const recipients = 300;
  collect();
  const before = process.memoryUsage().heapUsed;
  const statuses = Array.from({ length: recipients }, (_, nth) => {
    const lines = Array.from(
      { length: 100 },
      (__, line) => `450${line === 99 ? ' ' : '-'}${nth}${'x'.repeat(600)}`,
    );
    return refused('RCPT', { code: 450, lines }, peer);
  });
  collect();
  expect(statuses[0]?.remote?.reply).toHaveLength(reportedCharacters);
  expect(statuses[0]?.reason).toHaveLength(2066);
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(recipients * 16_384);
});

describe('refused()', () => {
  test.each<[MailStage, string, string, string, string, string]>([
    ['MAIL', '550 5.7.1 no', 'bounced', '5.7.1', 'message', 'MAIL FROM command'],
    ['MAIL', '451 later', 'deferred', '4.0.0', 'message', 'MAIL FROM command'],
    ['RCPT', '550 5.1.1 who', 'bounced', '5.1.1', 'recipient', 'RCPT TO command'],
    ['RCPT', '552 full', 'deferred', '4.0.0', 'recipient', 'RCPT TO command'],
    ['RCPT', '552 5.2.2 full', 'deferred', '4.2.2', 'recipient', 'RCPT TO command'],
    ['RCPT', '552 5.3.4 too long', 'bounced', '5.3.4', 'recipient', 'RCPT TO command'],
    ['RCPT', '552 5.2.3 too long', 'bounced', '5.2.3', 'recipient', 'RCPT TO command'],
    ['end of content', '552 full', 'bounced', '5.0.0', 'message', 'end of DATA command'],
    ['RCPT', '452 4.5.3 too many', 'deferred', '4.5.3', 'recipient', 'RCPT TO command'],
    ['DATA', '554 no', 'bounced', '5.0.0', 'message', 'DATA command'],
    ['content', '552 5.3.4 enough', 'bounced', '5.3.4', 'message', 'end of DATA command'],
    ['end of content', '554 5.7.1 spam', 'bounced', '5.7.1', 'message', 'end of DATA command'],
    ['end of content', '450 4.7.1 greylisted', 'deferred', '4.7.1', 'message', 'end of DATA command'],
    ['MAIL', '421 4.3.2 closing', 'deferred', '4.3.2', 'message', 'MAIL FROM command'],
  ])('at %s: %s is %s %s, reach %s', (stage, text, outcome, dsn, scope, command) => {
    expect(refused(stage, reply(text), peer)).toEqual({
      outcome,
      dsn,
      scope,
      reason: `host mx.example[192.0.2.1] said: ${text} (in reply to ${command})`,
      relay,
      remote: { host: 'mx.example', reply: text },
    });
  });

  test.each([
    ['452 too many', true],
    ['452 4.5.3 too many', true],
    ['552 5.5.3 too many', true],
    ['552 too many', true],
    ['452 4.2.2 full', false],
    ['450 4.5.3 too many', false],
  ])('isTooManyRecipients(): %s: %s', (text, expected) => {
    expect(isTooManyRecipients(reply(text))).toBe(expected);
  });

  test('quotes no more than a log line can bear', () => {
    const { reason } = refused('MAIL', reply(`550 ${'x'.repeat(60_000)}`), peer);
    expect(reason.length).toBeLessThan(2200);
    expect(reason).toMatch(/xxx\.\.\. \(in reply to MAIL FROM command\)$/);
  });
});

describe('a reply that cannot be an answer', () => {
  const codes = [50, 150, 250, 354, 450, 550, 650];
  const stages: readonly MailStage[] = ['MAIL', 'RCPT', 'DATA', 'content', 'end of content'];

  test.each<[MailStage, readonly number[]]>([
    ['MAIL', [250, 450, 550]],
    ['RCPT', [250, 450, 550]],
    ['DATA', [354, 450, 550]],
    ['content', [450, 550]],
    ['end of content', [250, 450, 550]],
  ])('at %s those that can are %j', (stage, expected) => {
    expect(codes.filter((code) => canAnswer(stage, { code, lines: [] }))).toEqual(expected);
  });

  test.each(stages)('at %s it defers, whatever it is, and is held against the host', (stage) => {
    for (const code of codes.filter((one) => !canAnswer(stage, { code: one, lines: [] }))) {
      const { outcome, dsn, scope, ambiguous, reason } = outOfStep(stage, reply(`${code} x`), peer);
      expect([outcome, dsn, scope]).toEqual(['deferred', '4.5.0', 'host']);
      // Whether the host took the message that it was sent to the end nobody knows.
      expect(ambiguous).toBe(stage === 'end of content' ? true : undefined);
      expect(reason).toContain(`Protocol error: host mx.example[192.0.2.1] said: ${code} x (in reply to `);
    }
  });
});

describe('refusedToTalk()', () => {
  const text = (quote: string): string => `host mx.example[192.0.2.1] refused to talk to me: ${quote}`;

  test.each<['greeting' | 'EHLO', string, boolean, string, string]>([
    ['greeting', '554 5.7.1 go away', true, 'deferred', '4.7.1'],
    ['greeting', '554 go away', true, 'deferred', '4.0.0'],
    ['greeting', '421 4.3.2 busy', true, 'deferred', '4.3.2'],
    ['EHLO', '550 5.7.1 no', true, 'bounced', '5.7.1'],
    ['EHLO', '550 no', true, 'bounced', '5.0.0'],
    ['EHLO', '450 later', true, 'deferred', '4.0.0'],
    ['EHLO', '354 what', true, 'deferred', '4.5.0'],
    ['EHLO', '650 what', true, 'deferred', '4.5.0'],
    ['greeting', '150 wait', true, 'deferred', '4.5.0'],
    ['EHLO', '550 5.7.1 no', false, 'deferred', '4.7.1'],
    ['EHLO', '550 no', false, 'deferred', '4.7.0'],
    ['EHLO', '450 4.7.1 later', false, 'deferred', '4.7.1'],
  ])('at %s: %s, may bounce %s: %s %s', (stage, quote, mayBounce, outcome, dsn) => {
    const status = refusedToTalk(stage, reply(quote), peer, mayBounce);
    expect(status).toMatchObject({ outcome, dsn, scope: 'host', reason: text(quote), relay });
  });
});

test.each([
  ['454 4.7.0 not now', '4.7.0'],
  ['454 not now', '4.0.0'],
  ['550 5.7.4 never', '4.7.4'],
  ['502 what', '4.7.0'],
])('refusedStartTls(): %s defers with %s', (quote, dsn) => {
  expect(refusedStartTls(reply(quote), peer)).toMatchObject({
    outcome: 'deferred',
    dsn,
    scope: 'host',
    reason: `TLS is required, but host mx.example[192.0.2.1] refused to start TLS: ${quote}`,
  });
});

describe('wireTrouble()', () => {
  test.each<[Stage, string]>([
    ['greeting', 'receiving the initial server greeting'],
    ['EHLO', 'performing the EHLO handshake'],
    ['HELO', 'performing the HELO handshake'],
    ['STARTTLS', 'receiving the STARTTLS response'],
    ['MAIL', 'sending MAIL FROM'],
    ['RCPT', 'sending RCPT TO'],
    ['DATA', 'sending DATA command'],
    ['content', 'sending message body'],
    ['end of content', 'sending end of data -- message may be sent more than once'],
    ['RSET', 'sending final RSET'],
  ])('at %s names what we were doing', (stage, doing) => {
    const status = {
      outcome: 'deferred',
      dsn: '4.4.2',
      scope: 'host',
      relay,
      ...(stage === 'end of content' && { ambiguous: true }),
    };
    expect(wireTrouble(stage, { kind: 'lost' }, peer)).toEqual({
      ...status,
      reason: `lost connection with mx.example[192.0.2.1] while ${doing}`,
    });
    expect(wireTrouble(stage, { kind: 'timeout' }, peer)).toEqual({
      ...status,
      reason: `conversation with mx.example[192.0.2.1] timed out while ${doing}`,
    });
  });

  test.each<[WireTrouble, string, string, string]>([
    [
      { kind: 'garbage', text: 'SSH-2.0' },
      '4.5.0',
      'host',
      'Protocol error: host mx.example[192.0.2.1] said: SSH-2.0',
    ],
    [{ kind: 'aborted' }, '4.3.2', 'destination', 'delivery interrupted: relay is stopping'],
  ])('%o defers', (trouble, dsn, scope, reason) => {
    expect(wireTrouble('MAIL', trouble, peer)).toEqual({
      outcome: 'deferred',
      dsn,
      scope,
      reason,
      relay,
      ...(trouble.kind === 'aborted' && { ours: true }),
    });
  });
});

test('hostDeferral(): is soft and reaches the host', () => {
  expect(hostDeferral('4.7.5', 'why', peer)).toEqual({
    outcome: 'deferred',
    dsn: '4.7.5',
    reason: 'why',
    scope: 'host',
    relay,
  });
});

test('endsSession(): syntax errors, 421 and 555', () => {
  const codes = [421, 450, 451, 500, 503, 509, 510, 550, 554, 555];
  expect(codes.filter((code) => endsSession({ code, lines: [] }))).toEqual([421, 500, 503, 509, 555]);
});
