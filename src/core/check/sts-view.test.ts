import { expect, test } from 'vitest';
import type { StsFinding } from '../sts/sts-finding.ts';
import { isListed, shownSts, stsLines } from './sts-view.ts';

const hosts = ['mx.example.org', 'old.example.org'].map((name) => ({ name, addresses: [] }));

function lines(part: Partial<Extract<StsFinding, { kind: 'found' }>>): readonly string[] {
  return stsLines(shownSts({ kind: 'found', domain: 'example.org', until: 0, ...part }, hosts));
}

const policy = { mode: 'enforce', maxAge: 604_800, mx: ['mx.example.org'], lines: [] } as const;
const known = { policy, id: '20260101', fetchedAt: 0, expiresAt: 1 };
const trouble = { type: 'sts-policy-fetch-error', code: 'http-404', detail: 'HTTP status 404' } as const;

test('a policy, and the hosts that it does not list', () => {
  expect(lines({ known })).toEqual([
    'MTA-STS of example.org: enforce, id 20260101, for 7 days, mx mx.example.org',
    '  old.example.org is not listed: mail goes there only by DANE',
  ]);
});

test('one that is switched off', () => {
  expect(lines({ known: { ...known, policy: { ...policy, mode: 'none', mx: [] } } })).toEqual([
    'MTA-STS of example.org: none, id 20260101, for 7 days, mx none',
  ]);
});

test('trouble', () => {
  expect(lines({ trouble })).toEqual(['MTA-STS of example.org: no policy that counts', '  HTTP status 404']);
  expect(stsLines(shownSts({ kind: 'failed', domain: 'example.org', detail: 'away' }, hosts))).toEqual([
    'MTA-STS of example.org: no policy that counts',
    '  away',
  ]);
});

test('nothing is said of a domain without', () => {
  expect(lines({})).toEqual([]);
  expect(stsLines(shownSts(undefined, hosts))).toEqual([]);
});

test('an address whose certificate would not do, of a host that is listed', () => {
  const found = { kind: 'found', domain: 'example.org', until: 0, known } as const;
  const unproved = [{ host: 'mx.example.org', address: '192.0.2.1', port: 25, reason: 'name mismatch' }];
  expect(stsLines(shownSts(found, hosts.slice(0, 1), unproved)).slice(1)).toEqual([
    '  mx.example.org[192.0.2.1]:25 shows a certificate that would not do: name mismatch',
  ]);
  expect(hosts.map(({ name }) => isListed(found, name))).toEqual([true, false]);
  const switchedOff = { ...found, known: { ...known, policy: { ...policy, mode: 'none' } } } as const;
  expect(isListed(switchedOff, 'mx.example.org')).toBe(false);
  expect(isListed({ kind: 'failed', domain: 'example.org', detail: 'away' }, 'mx.example.org')).toBe(false);
  expect(isListed(undefined, 'mx.example.org')).toBe(false);
});
