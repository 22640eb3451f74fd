import { expect, test } from 'vitest';
import {
  someAddress,
  someCertificate,
  someHex,
  someHost,
  someRecord,
  someReport,
} from '../../../test/support/check-report.ts';
import { reportLines } from './report-lines.ts';
import type { ShownAddress, ShownRecord } from './report.ts';

const plain = { short: false, color: false };

function withRecords(...records: readonly ShownRecord[]): ShownAddress {
  const { tlsa } = someAddress();
  if (tlsa.kind !== 'records') throw new Error('no records');
  return someAddress({ tlsa: { ...tlsa, records } });
}

test('reportLines(): the answers about a host above what it has shown, the summary last', () => {
  expect(reportLines(someReport(), plain)).toEqual([
    'resolver 127.0.0.1:53 validates (". NS" AD=1)',
    'example.org. IN MX 10 mx.example.org. ; AD=1 NoError',
    'mx.example.org. IN A 192.0.2.25 ; AD=1 NoError',
    "  mx.example.org[192.0.2.25]:25: pass: TLSA 3 1 1 matches the server's key (depth 0)",
    '    greeting: 220 mx.example.org ESMTP',
    '    EHLO: STARTTLS, SIZE 1000',
    '    STARTTLS: accepted',
    '    EHLO in TLS: SIZE 1000',
    '    SNI: mx.example.org',
    '    Verified TLS connection established to mx.example.org[192.0.2.25]:25: TLSv1.3',
    '    depth 0: /CN=mx.example.org issued by /CN=Example CA, from 2026-11-01 until 2027-01-30 (61 days)',
    '      names DNS:mx.example.org',
    `      cert sha256 ${'cd'.repeat(32)}`,
    `      pkey sha256 ${someHex} [matched] <- 3 1 1 ${someHex}`,
    `    record 3 1 1 ${someHex}: matches depth 0`,
    'level dane (tls.level): Mail at level dane is delivered, authenticated.',
    'example.org: protected by DANE.',
  ]);
});

test.each([
  [someRecord({ usable: false, reason: 'unknown selector 9', matches: [] }), 'unusable: unknown selector 9'],
  [someRecord({ suppressed: true }), 'suppressed by a stronger digest (RFC 7671 §9); matches depth 0'],
  [
    someRecord({ usable: false, reason: 'no certificate', says: '/CN=x', matches: [] }),
    'unusable: no certificate; it says /CN=x, and we refuse it because of that',
  ],
  [someRecord({ matches: [] }), 'matches nothing that was shown'],
  [someRecord({ matches: [1] }), 'matches depth 1, but counts only at depth 0'],
])('reportLines(): a record, %#', (record, words) => {
  const lines = reportLines(someReport({ hosts: [someHost(withRecords(record))] }), plain);
  expect(lines).toContain(`    record 3 1 1 ${someHex}: ${words}`);
});

test('reportLines(): a certificate that the relay refuses is shown all the same', () => {
  const { session } = someAddress();
  if (session === undefined) throw new Error('no session');
  const certificate = someCertificate({ refused: 'its dates are malformed' });
  const address = someAddress({ session: { ...session, chain: [certificate] } });
  expect(reportLines(someReport({ hosts: [someHost(address)] }), plain)).toContain(
    '      it says this; we refuse it because its dates are malformed',
  );
});

test('reportLines(): a resolver that does not validate', () => {
  const resolver = { validates: false, name: '127.0.0.1:53', reason: 'no AD' };
  expect(reportLines(someReport({ resolver, hosts: [], delivery: [] }), plain)).toEqual([
    'resolver 127.0.0.1:53 does NOT validate: no AD',
    'example.org. IN MX 10 mx.example.org. ; AD=1 NoError',
    'mx.example.org. IN A 192.0.2.25 ; AD=1 NoError',
    'cannot judge: without validation every domain looks unsigned. Nothing was connected to.',
    '  what to do: dane-relay doctor',
    'example.org: protected by DANE.',
  ]);
});

test('reportLines(): a terminal gets colours and short numbers, and nothing that others could use to paint it', () => {
  const address = someAddress({ verdict: 'fails', reason: 'no\u001b[2J way\r\nout' });
  const report = someReport({ verdict: 'fails', hosts: [someHost(address)] });
  const lines = reportLines(report, { short: true, color: true });
  expect(lines).toContain('  mx.example.org[192.0.2.25]:25: \u001b[31mFAIL\u001b[0m: no?[2J way out');
  expect(lines).toContain('    record 3 1 1 abababab...ababab: matches depth 0');
});
