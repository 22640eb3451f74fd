import { describe, expect, it } from 'vitest';
import type { Attempt } from '../core/delivery/attempt.ts';
import type { DeliveryEvidence, TriedHost } from '../core/delivery/evidence.ts';
import type { LookedUp } from '../core/dns/lookup-trail.ts';
import type { Message } from '../core/mail/message.ts';
import type { DeliveryStatus, Trouble } from '../core/mail/status.ts';
import { encodeAttempt, encodeFailure } from '../queue/forms/kept.ts';
import type { Concluded } from './concluded.ts';
import { keptOf } from './kept.ts';

const message: Message = {
  queueId: '4jX6Z215f0zwqHvm',
  envelope: { sender: 'app@app.example', recipients: [], body: '7BIT', smtpUtf8: false },
  client: { name: 'app.example', address: '192.0.2.7', helo: 'app', protocol: 'ESMTP' },
  arrivedAt: 1_795_531_022_000,
  size: 439,
  messageId: '<63a82ee8@app.example>',
};
const relay = 'mx1.good.example[192.0.2.25]:25';
const data = new Uint8Array(32).fill(0xab);
const record = { usage: 3, selector: 1, matching: 1, data };
const known = {
  policy: { level: 'dane', rule: 'tls.level' },
  dns: 'MX signed; address signed; TLSA signed, 1 of 1 usable, TTL 3600',
};
const facts = { protocol: 'TLSv1.3', cipher: 'X', bits: [256, 256] } as const;
const took: TriedHost = {
  relay,
  host: 'mx1.good.example',
  at: 5,
  step: 'mail',
  known,
  tls: { word: 'Verified', facts, proof: { record, depth: 0 } },
};
const sent: DeliveryStatus = {
  outcome: 'sent',
  dsn: '2.0.0',
  reason: '250 2.0.0 Ok: queued as 7B1',
  scope: 'message',
  relay,
};
const refused: Trouble = {
  outcome: 'deferred',
  dsn: '4.7.5',
  reason: 'Server certificate not verified',
  scope: 'host',
  relay,
};

function attempt(index: number, status: DeliveryStatus, evidence: DeliveryEvidence): Attempt {
  const recipient = { address: `user${index}@good.example` };
  return { index, recipient, status, stamps: { doneAt: 3 }, connectionUse: 1, evidence };
}

function concluded(attempts: readonly Attempt[], more: Partial<Concluded['settlement']> = {}): Concluded {
  const settlement = { failed: [], expired: false, held: [], ...more };
  return { message, destination: 'good.example', attempts, settlement, count: 1, at: 1_795_531_023_977 };
}

describe('keptOf(): a message that is delivered', () => {
  it('leaves a few hundred octets', () => {
    const kept = keptOf(concluded([attempt(0, sent, { hosts: [took] })]), () => undefined);
    expect(kept).toEqual({
      attempt: {
        at: 1_795_531_023_977,
        queueId: '4jX6Z215f0zwqHvm',
        destination: 'good.example',
        count: 1,
        sender: 'app@app.example',
        arrivedAt: 1_795_531_022_000,
        size: 439,
        messageId: '<63a82ee8@app.example>',
        client: 'app.example[192.0.2.7]',
        results: [
          {
            state: 'delivered',
            dsn: '2.0.0',
            reason: '250 2.0.0 Ok: queued as 7B1',
            relay,
            tls: 'Verified 3 1 1',
            to: ['user0@good.example'],
          },
        ],
        ...known,
      },
    });
    expect(encodeAttempt(kept.attempt).length).toBeLessThan(600);
  });

  it('has the hosts that did not take it, and no evidence beyond', () => {
    const failed = {
      relay: 'mx0[192.0.2.1]:25',
      host: 'mx0',
      at: 4,
      step: 'connect',
      status: refused,
    } as const;
    const kept = keptOf(concluded([attempt(0, sent, { hosts: [failed, took] })]), () => ['session']);
    expect(kept.attempt.hosts).toEqual([
      {
        at: 4,
        host: 'mx0[192.0.2.1]:25',
        step: 'connect',
        dsn: '4.7.5',
        reason: 'Server certificate not verified',
      },
    ]);
    expect(kept.failure).toBeUndefined();
  });

  it('with ten thousand recipients has those that fared otherwise by name, and the number of the rest', () => {
    const evidence = { hosts: [took] };
    const many = Array.from({ length: 10_000 }, (_, index) => attempt(index, sent, evidence));
    const two = [7, 8].map((index) => attempt(index, { ...refused, outcome: 'bounced' }, evidence));
    const { results } = keptOf(concluded([...many, ...two]), () => undefined).attempt;
    expect(results.map(({ state, to, toLeftOut = 0 }) => [state, to.length + toLeftOut])).toEqual([
      ['delivered', 10_000],
      ['bounced', 2],
    ]);
    expect(results[1]?.to).toEqual(['user7@good.example', 'user8@good.example']);
    expect(encodeAttempt(keptOf(concluded(many), () => undefined).attempt).length).toBeLessThan(6_000);
  });

  it('with a reply for each recipient has as many as there is room for, and counts them all', () => {
    const each = Array.from({ length: 10_000 }, (_, index) =>
      attempt(
        index,
        { ...refused, outcome: 'bounced', reason: `no ${index} ${'x'.repeat(2_000)}` },
        { hosts: [] },
      ),
    );
    const { results } = keptOf(concluded(each), () => undefined).attempt;
    expect(results.reduce((sum, { to, toLeftOut = 0 }) => sum + to.length + toLeftOut, 0)).toBe(10_000);
    expect(JSON.stringify(results).length).toBeLessThan(12_000);
  });
});

describe('keptOf(): a failure', () => {
  const shown = { certificate: 'c'.repeat(64), key: 'd'.repeat(64), notBefore: 1 };
  const lookup: LookedUp = {
    name: 'good.example',
    type: 'TLSA',
    at: 1,
    answer: { kind: 'failed', cause: 'SERVFAIL', detail: 'SERVFAIL: DNSSEC Bogus' },
  };
  const host: TriedHost = {
    relay,
    host: 'mx1.good.example',
    at: 4,
    step: 'certificate',
    status: { ...refused, outcome: 'deferred' },
    known,
    refused: { shown, published: [record] },
  };

  it('keeps what was published and shown, what was looked up, and the session', () => {
    const evidence = { hosts: [host], trail: () => ({ lookups: [lookup], leftOut: 2 }) };
    const attempts = [attempt(0, refused, evidence)];
    const {
      failure,
      attempt: { nextAt, results },
    } = keptOf(concluded(attempts, { retry: { tried: attempts, at: 9 } }), (queueId, destination) => [
      queueId,
      destination,
    ]);
    expect([nextAt, results[0]?.state]).toEqual([9, 'deferred']);
    expect(failure).toEqual({
      at: 1_795_531_023_977,
      dns: ['good.example. IN TLSA ? ; AD=0 ServFail (DNSSEC Bogus)'],
      dnsLeftOut: 2,
      certificates: [{ host: relay, published: [`3 1 1 ${'ab'.repeat(32)}`], ...shown }],
      session: ['4jX6Z215f0zwqHvm', 'good.example'],
    });
  });

  it('of a delivery that never began leaves the evidence of the last one as it is', () => {
    const { evidence: _, ...suspended } = attempt(0, refused, { hosts: [] });
    expect(keptOf(concluded([suspended]), () => undefined).failure).toBeUndefined();
  });

  it('takes less than 100 KB, whatever others say', () => {
    const long = '\u{1F4A3}"\\'.repeat(25_000);
    const wide = { ...record, data: new Uint8Array(65_000) };
    const hosts = Array.from({ length: 100 }, (): TriedHost => ({
      ...host,
      status: { ...host.status, reason: long, outcome: 'deferred', dsn: '4.0.0', scope: 'host' },
      refused: {
        shown: { ...shown, subject: long.slice(0, 200) },
        published: Array.from({ length: 50 }, () => wide),
      },
    }));
    const lookups = Array.from({ length: 64 }, (): LookedUp => ({
      name: 'n.example',
      type: 'TLSA',
      at: 1,
      answer: {
        kind: 'found',
        secure: true,
        name: 'n.example',
        aliases: [],
        ttl: 1,
        records: Array.from({ length: 24 }, () => wide),
      },
    }));
    const evidence = { hosts, trail: () => ({ lookups, leftOut: 0 }) };
    const session = Array.from({ length: 40 }, () => long.slice(0, 500));
    const { attempt: short, failure } = keptOf(
      concluded([attempt(0, { ...refused, reason: long }, evidence)]),
      () => session,
    );
    expect(Buffer.byteLength(encodeFailure(failure ?? { at: 0, dns: [], certificates: [] }))).toBeLessThan(
      100_000,
    );
    expect(Buffer.byteLength(encodeAttempt(short))).toBeLessThan(12_000);
    expect([short.hosts?.length, short.hostsLeftOut]).toEqual([8, 92]);
  });
});
