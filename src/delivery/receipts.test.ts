import { expect, test } from 'vitest';
import type { Attempt } from '../core/delivery/attempt.ts';
import type { Judged } from '../core/delivery/session.ts';
import type { LookedUp } from '../core/dns/lookup-trail.ts';
import type { Message } from '../core/mail/message.ts';
import type { Settlement } from '../core/outcome/settle.ts';
import type { Concluded } from './concluded.ts';
import { decidedBy, MOST_RECEIPTS, receiptsOf, type Stated } from './receipts.ts';

const relay = 'mx.y.test[192.0.2.25]:25';
const facts = { protocol: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', bits: [256, 256] } as const;
const record = { usage: 3, selector: 1, matching: 1, data: Uint8Array.of(0xab) };
const judged: Judged = {
  at: 10,
  level: 'dane',
  chain: [Uint8Array.of(1, 2)],
  records: [record],
  names: ['mx.y.test', 'y.test'],
};
const tls = { word: 'Verified', facts, proof: { record, depth: 0 }, judged } as const;
const where = { host: 'mx.y.test', address: '192.0.2.25', port: 25 };
const inTls: NonNullable<Attempt['session']> = { ...where, tls };
const found = (name: string, type: 'A' | 'TLSA' | 'MX'): LookedUp => ({
  name,
  type,
  at: 5,
  answer: { kind: 'absent', secure: true, name, aliases: [], ttl: 60, denial: 'NODATA' },
});

function concluded(
  outcomes: readonly ('sent' | 'deferred' | 'bounced')[],
  session: Attempt['session'] | 'none' = inTls,
  lookups: readonly LookedUp[] = [],
): Concluded {
  const recipients = outcomes.map((_, index) => ({ address: `r${index}@y.test` }));
  const message: Message = {
    queueId: 'Q',
    envelope: { sender: 'a@x.test', recipients, body: '7BIT', smtpUtf8: false },
    arrivedAt: 0,
    size: 7,
    messageId: '<1@x.test>',
  };
  // A host that was tried in TLS before: nothing of it is taken.
  const before = { relay, host: where.host, at: 100, step: 'mail', tls } as const;
  const evidence = { hosts: [before], trail: () => ({ lookups, leftOut: 0 }) };
  const attempts = outcomes.map((outcome, index): Attempt => {
    const status = {
      outcome,
      scope: 'recipient',
      dsn: '2.0.0',
      reason: '250 ok',
      relay,
    } as Attempt['status'];
    const recipient = { address: `r${index}@y.test` };
    const attempt = { index, recipient, status, stamps: { doneAt: 50 }, connectionUse: 1, evidence };
    return session === 'none' ? attempt : { ...attempt, session };
  });
  const settlement: Settlement = { failed: [], held: [], expired: false };
  return { message, destination: 'y.test', attempts, settlement, count: 1, at: 200 };
}

const stated = (given: Concluded): readonly Stated[] => receiptsOf(given, decidedBy(given), 'relay.test');
const only = (given: Concluded) => stated(given)[0]?.receipt;

test('receiptsOf(): of those alone on whom the last word is known', () => {
  const some = stated(concluded(['sent', 'deferred', 'bounced']));
  expect(some.map(({ index, receipt }) => [index, receipt.recipient, receipt.outcome.state])).toEqual([
    [0, 'r0@y.test', 'delivered'],
    [2, 'r2@y.test', 'bounced'],
  ]);
});

test('receiptsOf(): has what was judged', () => {
  expect(only(concluded(['sent']))?.session).toEqual({
    host: 'mx.y.test',
    address: '192.0.2.25',
    port: 25,
    tls: { ...facts, word: 'Verified' },
    judgement: {
      at: '1970-01-01T00:00:00.010Z',
      level: 'dane',
      chain: ['AQI='],
      records: ['3 1 1 ab'],
      names: ['mx.y.test', 'y.test'],
      matched: { record: '3 1 1 ab', depth: 0 },
    },
  });
});

test('receiptsOf(): of the session in which the recipient was answered, whatever else there was with the host', () => {
  // Its TLS broke, and the mail went in clear.
  expect(only(concluded(['sent'], where))?.session).toEqual({
    host: 'mx.y.test',
    address: '192.0.2.25',
    port: 25,
  });
  expect(only(concluded(['bounced'], 'none'))?.session).toBeUndefined();
});

test('receiptsOf(): a trust anchor of the settings is no TLSA record', () => {
  const anchored = { ...where, tls: { ...tls, judged: { ...judged, level: 'secure' } } } as const;
  const judgement = only(concluded(['sent'], anchored))?.session?.judgement;
  expect(judgement?.records).toEqual([]);
  expect(judgement?.matched).toBeUndefined();
});

test('receiptsOf(): answers of the host and of the next hop, not of other hosts', () => {
  const lookups = [
    found('y.test', 'MX'),
    found('mx0.y.test', 'A'),
    found('_25._tcp.mx0.y.test', 'TLSA'),
    found('mx.y.test', 'A'),
    found('_25._tcp.mx.y.test', 'TLSA'),
  ];
  const names = only(concluded(['sent'], inTls, lookups))?.answers.map(({ name }) => name);
  expect(names).toEqual(['y.test', 'mx.y.test', '_25._tcp.mx.y.test']);
});

test('receiptsOf(): that there is nothing where an alias of the host leads', () => {
  const aliased = (name: string, type: 'A' | 'TLSA', to: string): LookedUp =>
    ({
      name,
      type,
      at: 5,
      answer: { kind: 'found', secure: true, name: to, aliases: [to], ttl: 60, records: ['192.0.2.25'] },
    }) as LookedUp;
  const lookups = [
    aliased('mx.y.test', 'A', 'real.z.test'),
    found('_25._tcp.real.z.test', 'TLSA'),
    found('_25._tcp.mx.y.test', 'TLSA'),
  ];
  expect(only(concluded(['sent'], inTls, lookups))?.answers.map(({ name }) => name)).toEqual([
    'mx.y.test',
    '_25._tcp.real.z.test',
    '_25._tcp.mx.y.test',
  ]);
});

test('receiptsOf(): a bounded number of them', () => {
  const all = concluded(Array.from({ length: MOST_RECEIPTS + 3 }, () => 'sent' as const));
  expect(decidedBy(all)).toHaveLength(MOST_RECEIPTS + 3);
  expect(stated(all)).toHaveLength(MOST_RECEIPTS);
});

test('receiptsOf(): the newest answers, and how many others there were', () => {
  const lookups = Array.from({ length: 40 }, (_, at) => found(`y${at}.test`, 'MX'));
  const receipt = only(concluded(['sent'], inTls, lookups));
  expect(receipt?.answers.map(({ name }) => name)).toEqual(lookups.slice(-32).map(({ name }) => name));
  expect(receipt?.answersLeftOut).toBe(8);
});
