import { describe, expect, it } from 'vitest';
import type { HealthFinding } from './health.ts';
import { createHealthTally } from './health-summary.ts';
import { healthLines, healthRecord } from './health-lines.ts';
import {
  afterCheck,
  healthText,
  mostFindings,
  readHealth,
  standingOf,
  type CheckedNow,
  type KnownHealth,
} from './known-health.ts';
import type { ShownAddress, ShownHost, ShownRecord, Verdict } from './report.ts';
import { worstVerdict } from './verdict.ts';

const start = Date.UTC(2026, 10, 30);
const day = 86_400_000;
const rules = (now: number) => ({ now, expiryMs: 14 * day });

const published = (usage: number, matches: readonly number[]): ShownRecord => ({
  usage,
  selector: 1,
  matching: 1,
  data: 'aa',
  usable: true,
  suppressed: false,
  matches,
});
const rolled = [published(3, [0]), published(3, [])];

function address(verdict: Verdict, records = rolled, ip = '192.0.2.1'): ShownAddress {
  return {
    address: ip,
    port: 25,
    verdict,
    reason: `it ${verdict}`,
    tlsa: { kind: 'records', baseDomain: 'mx.x.test', owner: '_25._tcp.mx.x.test.', ttl: 60, records },
    referenceNames: [],
  };
}

const host = (...addresses: readonly ShownAddress[]): ShownHost => ({ name: 'mx.x.test', addresses });

function checked(hosts: readonly ShownHost[], rest: Partial<CheckedNow['report']> = {}): CheckedNow {
  const resolver = { validates: true, name: 'r', reason: '' };
  return { report: { verdict: worstVerdict(hosts), resolver, hosts, ...rest } };
}

const wrong = checked([host(address('fails'))]);
const right = checked([host(address('protected'))]);
const first = (one: CheckedNow): KnownHealth => afterCheck('x.test', undefined, one, rules(start)).health;
const kindsOf = (all: readonly HealthFinding[]): readonly string[] => all.map(({ kind }) => kind);

describe('afterCheck()', () => {
  it('tells what is new once, and since when it is so', () => {
    const one = afterCheck('x.test', undefined, wrong, rules(start));
    expect(one.found).toMatchObject([{ kind: 'mismatch', since: start }]);
    const two = afterCheck('x.test', one.health, wrong, rules(start + day));
    expect([two.found, two.over]).toEqual([[], []]);
    expect(two.health.findings).toMatchObject([{ kind: 'mismatch', since: start }]);
    expect(two.health.judged).toEqual({ at: start + day, verdict: 'fails' });
  });

  it('tells that it is over when the same place was looked at and is right', () => {
    const { health, over } = afterCheck('x.test', first(wrong), right, rules(start + day));
    expect(kindsOf(over)).toEqual(['mismatch']);
    expect(health).toEqual({
      destination: 'x.test',
      judged: { at: start + day, verdict: 'protected' },
      findings: [],
    });
  });

  const lonely = checked([host(address('protected', [published(3, [0])]))]);
  const unlisted = checked([host(address('protected'))], {
    sts: { domain: 'x.test', mode: 'enforce', unlisted: ['mx.x.test'] },
  });
  const own = checked([host(address('protected'))], {
    sts: {
      domain: 'x.test',
      mode: 'enforce',
      unproved: [{ host: 'mx.x.test', address: '192.0.2.1', port: 25, reason: 'self-signed certificate' }],
    },
  });
  const unreadable = { sts: { domain: 'x.test', trouble: 'no answer' } };
  it.each<[string, CheckedNow, CheckedNow, readonly string[]]>([
    ['the address cannot be reached', wrong, checked([host(address('unknown'))]), ['mismatch']],
    ['another address is right', wrong, checked([host(address('protected', rolled, '192.0.2.2'))]), []],
    [
      'its addresses cannot be looked up',
      wrong,
      checked([{ ...host(), problem: 'its A records cannot be looked up' }]),
      ['mismatch'],
    ],
    ['its host is no longer named', wrong, checked([{ name: 'other.x.test', addresses: [] }]), []],
    ['the check was given up', wrong, { ...right, givenUp: 'no answer within 60 s' }, ['mismatch']],
    [
      'the resolver does not validate',
      wrong,
      checked([], { resolver: { validates: false, name: 'r', reason: 'no AD' } }),
      ['mismatch'],
    ],
    [
      'its MX records cannot be looked up',
      wrong,
      checked([], { trouble: { outcome: 'deferred', dsn: '4.4.3', reason: 'timeout' } }),
      ['mismatch'],
    ],
    ['a failing host says nothing of its next record', lonely, wrong, ['mismatch', 'no next record']],
    ['its zone has no records any more', lonely, checked([host(address('unprotected', []))]), []],
    ['the policy cannot be had', unlisted, checked(right.report.hosts, unreadable), ['not in STS policy']],
    ['the policy is there again and lists it', unlisted, right, []],
    [
      'nor the one that demands a certificate',
      own,
      checked(right.report.hosts, unreadable),
      ['fails STS policy'],
    ],
    ['the certificate does', own, right, []],
    ['nobody has seen it', own, checked([host(address('unknown'))]), ['fails STS policy']],
  ])('%s', (_, before, now, expected) => {
    expect(kindsOf(afterCheck('x.test', first(before), now, rules(start + day)).health.findings)).toEqual(
      expected,
    );
  });

  it.each<[string, CheckedNow, string]>([
    ['an address', checked([host(address('protected'), address('unknown', [], '192.0.2.2'))]), '192.0.2.2'],
    [
      'a host',
      checked([host(address('protected')), { name: 'b.test', addresses: [], problem: 'p' }]),
      'b.test: p',
    ],
    ['its end', { ...right, givenUp: 'no answer within 60 s' }, 'no answer within 60 s'],
  ])('never says protected where %s is not known', (_, now, reason) => {
    const { health } = afterCheck('x.test', first(right), now, rules(start + day));
    expect(health.judged).toEqual({ at: start, verdict: 'protected' });
    expect(health.trouble?.reason).toContain(reason);
    expect(standingOf(health)).toBe('unknown');
    expect(first(now).judged).toBeUndefined();
  });

  it('goes on saying that it fails, and that first, while the place that was wrong cannot be reached', () => {
    const only = [published(3, [0])];
    const now = checked([host(address('unknown'), address('protected', only, '192.0.2.2'))]);
    const { health } = afterCheck('x.test', first(wrong), now, rules(start + day));
    expect(kindsOf(health.findings)).toEqual(['mismatch', 'no next record']);
    expect(standingOf(health)).toBe('fails');
  });

  it('keeps a bounded part of what strangers say, the worst of it', () => {
    const many = Array.from({ length: 50 }, (_, nth) => ({
      ...address('fails', [], `192.0.2.${nth}`),
      reason: `\u001b[31m${'x'.repeat(5_000)}`,
    }));
    const { findings } = first(
      checked([host(...many), { ...host(...lonely.report.hosts[0]!.addresses), name: 'b.test' }]),
    );
    expect(findings).toHaveLength(mostFindings);
    expect(new Set(kindsOf(findings))).toEqual(new Set(['mismatch']));
    expect(findings.every(({ text }) => text.length <= 500 && !text.includes('\u001b'))).toBe(true);
  });
});

describe('what is stored', () => {
  it('is read again as it was', () => {
    const soon = new Date(start + 5 * day).toISOString();
    const chain = [{ depth: 0, subject: '/CN=a', issuer: '', names: [], notAfter: soon, sha256: '' }];
    const session = { ehlo: [], ehloInTls: [], startTls: 'accepted', chain, lines: [] } as const;
    const expiring = checked([host({ ...address('protected', [published(2, [0])]), session })]);
    const known = first(expiring);
    expect(known.findings).toMatchObject([{ kind: 'expires', expiresAt: start + 5 * day }]);
    expect(readHealth('x.test', healthText(known))).toEqual(known);
    const unknown = first({ ...wrong, givenUp: 'late' });
    expect(readHealth('x.test', healthText(unknown))).toEqual(unknown);
  });

  it.each([
    '',
    '[]',
    'null',
    '{}',
    '{"findings":[{}]}',
    '{"findings":[],"judged":{"at":1,"verdict":"unknown"}}',
    '{"findings":[],"judged":{"at":-1,"verdict":"protected"}}',
    '{"findings":[],"trouble":{"at":1}}',
    '{"findings":[{"kind":"worse","severity":"hint","where":"","text":"","since":1}]}',
  ])('%s is nothing', (text) => {
    expect(readHealth('x.test', text)).toBeUndefined();
  });
});

describe('what is shown', () => {
  it('of one destination', () => {
    expect(healthLines('x.test', undefined)).toEqual(['x.test: not checked yet']);
    expect(healthLines('x.test', first(right))).toEqual([
      'x.test: protected by DANE, checked at 2026-11-30T00:00:00Z',
    ]);
    const late = { ...right, givenUp: 'no answer within 60 s' };
    const { health } = afterCheck('x.test', first(right), late, rules(start + day));
    expect(healthLines('x.test', health)).toEqual([
      'x.test: not known; the check of 2026-12-01T00:00:00Z could not judge all of it: no answer within 60 s; at 2026-11-30T00:00:00Z it was protected by DANE',
    ]);
    expect(healthLines('x.test', first(wrong))).toEqual([
      'x.test: DANE fails, checked at 2026-11-30T00:00:00Z',
      '    problem since 2026-11-30T00:00:00Z: mx.x.test[192.0.2.1]:25: it fails',
    ]);
    expect(healthRecord('x.test', first(wrong))).toEqual({
      schema: 1,
      destination: 'x.test',
      standing: 'fails',
      judged: { verdict: 'fails', at: '2026-11-30T00:00:00Z' },
      findings: [
        {
          kind: 'mismatch',
          severity: 'problem',
          where: 'mx.x.test[192.0.2.1]:25',
          text: 'mx.x.test[192.0.2.1]:25: it fails',
          since: '2026-11-30T00:00:00Z',
        },
      ],
    });
  });

  it('of all of them: counts, and the worst by name', () => {
    const tally = createHealthTally(2);
    tally.add(undefined);
    tally.add(first(right));
    tally.add(first(checked([host(address('protected', [published(3, [0])]))])));
    const twice = checked([host(address('fails'), address('fails', rolled, '192.0.2.2'))]);
    for (const name of ['a.test', 'b.test']) tally.add({ ...first(wrong), destination: name });
    tally.add({ ...first(twice), destination: 'c.test' });
    const { standings, kinds, worst, more } = tally.summary();
    expect(standings).toEqual({ protected: 2, fails: 3, unknown: 1, unprotected: 0 });
    expect(kinds).toMatchObject({ mismatch: 3, 'no next record': 1, expires: 0 });
    expect(worst.map(({ destination }) => destination)).toEqual(['a.test', 'b.test']);
    expect(more).toBe(2);
  });
});
