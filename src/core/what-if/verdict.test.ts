import { describe, expect, it } from 'vitest';
import type { HostPolicy, UsableHost } from '../tls-policy/host-policy.ts';
import { whatIfVerdict, type SeenSession } from './verdict.ts';

function policy(level: UsableHost['level']): UsableHost {
  const tls = { versions: ['TLSv1.2', 'TLSv1.3'], ciphers: 'medium', exclude: [] } as const;
  return { kind: 'use', level, tlsa: [], referenceNames: [], warnings: [], key: '', tls };
}
const skipped: HostPolicy = {
  kind: 'skip',
  reason: 'no TLSA records found',
  dsn: '4.7.5',
  fault: 'no TLSA records',
  warnings: [],
};
const chain = [new Uint8Array([1])];
const secured: SeenSession = { tls: { protocol: 'TLSv1.3', chain }, triedTls: true };
const old: SeenSession = { tls: { protocol: 'TLSv1', chain }, triedTls: true };
const unkept: SeenSession = { tls: { protocol: 'TLSv1.3' }, triedTls: true };
const inClear: SeenSession = { triedTls: true };
const untried: SeenSession = { triedTls: false };

describe('what would have become of mail', () => {
  const rows: readonly (readonly [string, HostPolicy, SeenSession, boolean, string])[] = [
    ['no host may have it', skipped, secured, true, 'waits: no TLSA records found'],
    ['TLS is not required', policy('may'), inClear, false, 'passes'],
    ['TLS is, and was there', policy('encrypt'), secured, false, 'passes'],
    ['and was not', policy('encrypt'), inClear, true, 'waits: TLS is required, and the session was in clear'],
    ['and was not tried', policy('encrypt'), untried, true, 'unknown: TLS was not tried'],
    ['an old version', policy('encrypt'), old, true, 'waits: TLSv1 is not allowed'],
    ['it matches', policy('dane-only'), secured, true, 'passes'],
    ['it does not', policy('secure'), secured, false, 'waits: Server certificate not verified: num=62'],
    ['nobody kept it', policy('dane'), unkept, true, 'unknown: the certificates were not kept'],
  ];
  it.each(rows)('%s', (_, wanted, seen, ok, expected) => {
    const judged = whatIfVerdict(wanted, seen, (shown, under) => {
      expect([shown, under]).toEqual([chain, wanted]);
      return { word: 'Untrusted', ok, ...(!ok && { detail: 'num=62' }) };
    });
    expect(judged.kind + ('reason' in judged ? `: ${judged.reason}` : '')).toBe(expected);
  });
});
