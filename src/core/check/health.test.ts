import { describe, expect, it } from 'vitest';
import { healthNote } from './health-note.ts';
import { healthOf, lossesOf } from './health.ts';
import type { CheckReport, ShownAddress, ShownCertificate, ShownHost, ShownRecord } from './report.ts';

const day = 86_400_000;
const rules = { now: Date.UTC(2026, 10, 30), expiryMs: 14 * day };

function record(
  usage: number,
  matches: readonly number[] = [0],
  part: Partial<ShownRecord> = {},
): ShownRecord {
  return { usage, selector: 1, matching: 1, data: 'aa', usable: true, suppressed: false, matches, ...part };
}

const certificate = (depth: number, days: number): ShownCertificate => ({
  depth,
  subject: `/CN=${depth}`,
  issuer: '',
  names: [],
  notAfter: new Date(rules.now + days * day).toISOString(),
  sha256: 'cc',
});

function address(records: readonly ShownRecord[], part: Partial<ShownAddress> = {}): ShownAddress {
  const owner = '_25._tcp.mx.x.test.';
  return {
    address: '192.0.2.1',
    port: 25,
    verdict: 'protected',
    reason: 'r',
    tlsa: { kind: 'records', baseDomain: 'mx.x.test', owner, ttl: 60, records },
    referenceNames: [],
    session: {
      ehlo: [],
      ehloInTls: [],
      startTls: 'accepted',
      chain: [certificate(0, 90), certificate(1, 5), certificate(2, 1)],
      lines: [],
    },
    ...part,
  };
}

const host = (name: string, ...addresses: readonly ShownAddress[]): ShownHost => ({ name, addresses });
const kinds = (hosts: readonly ShownHost[], sts?: CheckReport['sts']): readonly string[] =>
  healthOf({ hosts, ...(sts !== undefined && { sts }) }, rules).map(({ kind }) => kind);

describe('healthOf()', () => {
  it.each<[string, readonly ShownRecord[], readonly string[]]>([
    ['the key in use alone', [record(3)], ['no next record']],
    ['in two forms', [record(3), record(3, [0], { selector: 0 })], ['no next record']],
    ['and the next one', [record(3), record(3, [])], []],
    ['and an authority, which expires and does not matter', [record(3), record(2, [1])], []],
    ['and one that cannot be used', [record(3), record(1, [], { usable: false })], ['no next record']],
    ['an authority that expires', [record(2, [1])], ['expires']],
    ['a key that the authority has, as far as the record names it', [record(2, [0])], []],
  ])('%s', (_, records, expected) => {
    expect(kinds([host('mx.x.test', address(records))])).toEqual(expected);
  });

  it('one address of several is wrong', () => {
    const wrong = address([record(3, [])], {
      verdict: 'fails',
      reason: 'no record matches',
      address: '192.0.2.2',
    });
    const both = [record(3), record(3, [])];
    const [first, ...rest] = healthOf({ hosts: [host('mx.x.test', address(both), wrong)] }, rules);
    expect(rest).toEqual([]);
    expect(first).toMatchObject({
      kind: 'mismatch',
      severity: 'problem',
      text: 'mx.x.test[192.0.2.2]:25: no record matches, while 1 other address is right',
    });
  });

  it.each([
    ['TLSA mismatch', 'mismatch', 'publish a TLSA record'],
    ['STARTTLS missing', 'TLS', 'offers STARTTLS'],
    ['handshake failed', 'TLS', 'offers STARTTLS'],
  ] as const)('%s is a finding of the kind %s', (kind, expected, wish) => {
    const diagnosis = { kind, cause: '', publish: [], advice: [] };
    const found = healthOf(
      { hosts: [host('mx.x.test', address([], { verdict: 'fails', diagnosis }))] },
      rules,
    );
    expect(found.map((one) => one.kind)).toEqual([expected]);
    expect(healthNote('x.test', found, { hostname: 'relay.test', at: 0 })?.join(' ')).toContain(wish);
  });

  it('DANE that was there and has gone is a problem', () => {
    const text = 'mx.x.test was proved, and has no signed address now';
    const lost = [{ host: 'mx.x.test', what: 'address', provedAt: '', text }] as const;
    const found = lossesOf({ lost });
    expect(found).toEqual([{ kind: 'DANE lost', severity: 'problem', text }]);
    expect(lossesOf({})).toEqual([]);
    const note = healthNote('x.test', found, { hostname: 'relay.test', at: 0 })?.join(' ');
    expect(note).toContain(`- ${text}`);
    expect(note).toContain('look at the DS records');
  });

  it.each([
    ['192.0.2.1', 'postmaster@[192.0.2.1]'],
    ['2001:db8::1', 'postmaster@[IPv6:2001:db8::1]'],
  ])('a note about %s is addressed to %s', (destination, to) => {
    const found = healthOf({ hosts: [host('mx.x.test', address([record(2, [1])]))] }, rules);
    expect(healthNote(destination, found, { hostname: 'relay.test', at: 0 })?.[0]).toBe(`To: ${to}`);
  });

  it.each([
    ['enforce', ['mx.x.test'], ['not in STS policy']],
    ['none', ['mx.x.test'], []],
    ['enforce', ['other.x.test'], []],
  ] as const)('MTA-STS: %s without %s', (mode, unlisted, expected) => {
    const sts = { domain: 'x.test', mode, unlisted };
    expect(kinds([host('mx.x.test', address([record(3), record(3, [])]))], sts)).toEqual(expected);
  });

  it.each([
    ['enforce', 'warning'],
    ['testing', 'hint'],
  ] as const)('MTA-STS: at %s a certificate that would not do is a %s', (mode, severity) => {
    const at = (host_: string, of = '192.0.2.1') => ({ host: host_, address: of, port: 25, reason: 'r' });
    const unproved = [at('mx.x.test'), at('mx.x.test', '192.0.2.9'), at('open.x.test')];
    const none = address([], { verdict: 'unprotected', tlsa: { kind: 'none', reason: 'none' as never } });
    const hosts = [host('mx.x.test', address([record(3), record(3, [])])), host('open.x.test', none)];
    const sts = { domain: 'x.test', mode, unproved };
    expect(healthOf({ hosts, sts }, rules)).toEqual([
      {
        kind: 'fails STS policy',
        severity,
        where: 'mx.x.test[192.0.2.1]:25',
        text: expect.stringMatching(/would not do for the MTA-STS policy of x\.test \(\w+\): r$/) as string,
      },
    ]);
  });

  it('says nothing of a host without records, and tells each host once', () => {
    const none = address([], { verdict: 'unprotected', tlsa: { kind: 'none', reason: 'none' as never } });
    const twice = [address([record(3)]), address([record(3)], { address: '192.0.2.2' })];
    expect(kinds([host('a.test', none), host('mx.x.test', ...twice)])).toEqual(['no next record']);
  });
});

describe('healthNote()', () => {
  it('has what was found and what is wished, the worst first', () => {
    const hosts = [host('mx.x.test', address([record(2, [1])]), address([], { verdict: 'fails' }))];
    const note = healthNote('x.test', healthOf({ hosts }, rules), { hostname: 'relay.test', at: rules.now });
    expect(note?.slice(0, 2)).toEqual(['To: postmaster@x.test', 'Subject: mail hosts: x.test']);
    const text = note?.join('\n') ?? '';
    expect(text.indexOf('- mx.x.test[192.0.2.1]:25: r')).toBeGreaterThan(0);
    expect(text).toContain('/CN=1 expires in 5 days');
    expect(text.match(/^Please /gm)).toHaveLength(2);
    expect(healthNote('x.test', [], { hostname: 'relay.test', at: 0 })).toBeUndefined();
  });
});
