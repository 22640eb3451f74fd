import { describe, expect, test } from 'vitest';
import { someAddress, someCertificate } from '../../../test/support/check-report.ts';
import { makeCertificate } from '../../../test/support/test-ca.ts';
import { certificateWithKey, makeRecord, recommended } from '../dane/make-record.ts';
import { zoneLine } from '../dane/record-text.ts';
import type { TlsFault, Trouble } from '../mail/status.ts';
import { diagnoseAddress, diagnoseDestination, type Findings } from './diagnose-address.ts';

const { der: leaf } = makeCertificate({ names: ['mx.example.org'] });
const record = makeRecord(recommended, certificateWithKey(leaf));
if (record === undefined) throw new Error('no record');
const owner = '_25._tcp.mx.example.org';
const toPublish = zoneLine({ owner, record });

const basis: Findings = {
  domain: 'example.org',
  host: 'mx.example.org',
  port: 25,
  verdict: 'unprotected',
  tlsa: { kind: 'none', reason: 'no TLSA records' },
  leaf,
  certificate: someCertificate(),
  signedMx: true,
  now: Date.parse('2026-11-29T12:00:00Z'),
};

function failed(kind: TlsFault['kind'], mismatch?: TlsFault['mismatch']): Trouble {
  const tlsFault = { kind, host: 'mx.example.org', level: 'dane', ...(mismatch && { mismatch }) } as const;
  return { outcome: 'deferred', scope: 'host', dsn: '4.7.5', reason: 'why', tlsFault };
}

describe('diagnoseAddress()', () => {
  test('nothing is wrong', () => {
    expect(diagnoseAddress({ ...basis, verdict: 'protected', tlsa: someAddress().tlsa })).toBeUndefined();
  });

  test('a key without its record: the record, and that it was renewed of late', () => {
    const trouble = failed('certificate', 'no matching record');
    const found = diagnoseAddress({ ...basis, verdict: 'fails', tlsa: someAddress().tlsa, trouble });
    expect(found).toMatchObject({ kind: 'TLSA mismatch', publish: [toPublish] });
    expect(found?.cause).toContain('The certificate is of 2026-11-01, so the key was probably renewed');
    expect(found?.advice.join()).not.toContain('dane-relay check');
    const old = someCertificate({ notBefore: '2026-01-01T00:00:00.000Z' });
    expect(diagnoseAddress({ ...basis, verdict: 'fails', trouble, certificate: old })?.cause).not.toContain(
      'renewed',
    );
  });

  test('no record mends a missing STARTTLS', () => {
    expect(diagnoseAddress({ ...basis, verdict: 'fails', trouble: failed('not offered') })).toMatchObject({
      kind: 'STARTTLS missing',
      publish: [],
    });
  });

  test('the record belongs below the base domain', () => {
    const trouble = failed('certificate', 'no matching record');
    const { tlsa } = someAddress();
    if (tlsa.kind !== 'records') throw new Error('no records');
    const elsewhere = { ...tlsa, baseDomain: 'real.example.net' };
    expect(diagnoseAddress({ ...basis, verdict: 'fails', tlsa: elsewhere, trouble })?.publish).toEqual([
      zoneLine({ owner: '_25._tcp.real.example.net', record }),
    ]);
  });

  test.each([
    ['no TLSA records', 'no TLSA records', [toPublish]],
    ['address not signed', 'unsigned', [toPublish]],
    ['TLSA records not signed', 'unsigned', []],
    ['numeric host', 'no TLSA records', []],
  ] as const)('not protected: %s', (reason, kind, publish) => {
    expect(diagnoseAddress({ ...basis, tlsa: { kind: 'none', reason } })).toMatchObject({ kind, publish });
  });

  test('not protected: the MX records are not signed, or no record is usable', () => {
    const { tlsa } = someAddress();
    if (tlsa.kind !== 'records') throw new Error('no records');
    expect(diagnoseAddress({ ...basis, tlsa, signedMx: false })).toMatchObject({
      kind: 'unsigned',
      advice: ['sign the zone that has the MX records of example.org with DNSSEC'],
    });
    const unusable = { ...tlsa, records: tlsa.records.map((one) => ({ ...one, usable: false })) };
    expect(diagnoseAddress({ ...basis, tlsa: unusable })).toMatchObject({
      kind: 'unusable TLSA records',
      publish: [toPublish],
    });
  });
});

test('diagnoseDestination() says why there is no host to ask, and does not send to check again', () => {
  const status = {
    scope: 'destination',
    outcome: 'deferred',
    dsn: '4.4.3',
    reason: 'Host not found',
  } as const;
  expect(diagnoseDestination(status, 'x.test')).toMatchObject({
    kind: 'DNS failed',
    advice: [expect.stringContaining('check --resolver ADDRESS x.test')],
    publish: [],
  });
  const none = { ...status, outcome: 'bounced', dsn: '5.1.10' } as const;
  expect(diagnoseDestination(none, 'x.test')).toMatchObject({ kind: 'null MX', advice: [] });
});
