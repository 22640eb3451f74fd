import { describe, expect, it } from 'vitest';
import type { Answer } from '../dns/answer.ts';
import type { MxRecord } from '../dns/record.ts';
import { hostsOf, isLoop, lookupTrouble, loopTrouble, noAddress } from './hosts.ts';

function found(...records: MxRecord[]): Answer<MxRecord> {
  return { kind: 'found', secure: true, name: 'example.org', aliases: [], ttl: 60, records };
}

describe('hostsOf()', () => {
  it('lists the exchanges and says that their RRset is signed', () => {
    expect(hostsOf('example.org', found({ preference: 10, exchange: 'mx.example.org' }))).toEqual({
      kind: 'hosts',
      hosts: [{ name: 'mx.example.org', preference: 10 }],
      nameless: [],
      mx: 'secure',
      expandedNextHop: 'example.org',
    });
  });

  it('says of an RRset that is not signed that it is not, and what the next hop is an alias of', () => {
    const records = [{ preference: 10, exchange: 'mx.example.org' }];
    const answer = { ...found(...records), secure: false, name: 'example.net', aliases: ['example.org'] };
    expect(hostsOf('example.org', answer)).toMatchObject({ mx: 'insecure', expandedNextHop: 'example.net' });
  });

  it.each(['NXDOMAIN', 'NODATA'] as const)('takes the domain itself on %s', (denial) => {
    const answer = {
      kind: 'absent',
      secure: false,
      denial,
      name: 'example.org',
      aliases: [],
      ttl: 5,
    } as const;
    expect(hostsOf('example.org', answer)).toEqual({
      kind: 'hosts',
      hosts: [{ name: 'example.org', preference: 0 }],
      nameless: [],
      mx: 'none',
      expandedNextHop: 'example.org',
    });
  });

  it.each(['SERVFAIL', 'timeout', 'REFUSED', 'FORMERR', 'malformed', 'unreachable', 'loop'] as const)(
    'waits on %s, and never takes it for "no MX" (Haraka 3, kumomta#543)',
    (cause) => {
      const failed = { kind: 'failed', cause, detail: '' } as const;
      expect(hostsOf('example.org', failed)).toEqual(lookupTrouble('example.org', 'MX', failed));
      expect(lookupTrouble('example.org', 'MX', failed)).toMatchObject({
        outcome: 'deferred',
        dsn: '4.4.3',
        scope: 'destination',
      });
    },
  );

  it('bounces a sole null MX, RFC 7505 §3', () => {
    expect(hostsOf('example.org', found({ preference: 0, exchange: '.' }))).toMatchObject({
      outcome: 'bounced',
      scope: 'destination',
      dsn: '5.1.10',
      reason: 'Domain example.org does not accept mail (nullMX)',
    });
  });

  it.each([
    ['addresses, as they are', '192.0.2.1', '2001:db8::1'],
    ['names of hosts', 'mx.example.org', '_smtp.mx-1.example.org'],
  ])('takes %s', (_, ...exchanges) => {
    const answer = found(...exchanges.map((exchange) => ({ preference: 10, exchange })));
    expect(hostsOf('example.org', answer)).toMatchObject({
      hosts: exchanges.map((name) => ({ name, preference: 10 })),
      nameless: [],
    });
  });

  it.each([
    '127.0.0.01',
    '0177.0.0.1',
    '1.2.3.999',
    '0x7f.1',
    '2130706433',
    '*.example.org',
    'm\\032x.example.org',
    'a/b.example.org',
    '-a.example.org',
    'fe80::1\\037eth0',
  ])('sets %s aside, which nobody can be found at', (exchange) => {
    const good = { preference: 20, exchange: 'mx.example.org' };
    expect(hostsOf('example.org', found({ preference: 10, exchange }, good))).toMatchObject({
      hosts: [{ name: 'mx.example.org', preference: 20 }],
      nameless: [exchange],
    });
    // RFC 7505 §3: a null MX is alone.
    const nothing = hostsOf(
      'example.org',
      found({ preference: 0, exchange: '.' }, { preference: 10, exchange }),
    );
    expect(nothing).toMatchObject({ kind: 'hosts', hosts: [], nameless: [exchange] });
  });

  it('ignores a null MX beside real hosts', () => {
    const answer = found({ preference: 0, exchange: '.' }, { preference: 10, exchange: 'mx.example.org' });
    expect(hostsOf('example.org', answer)).toMatchObject({ hosts: [{ name: 'mx.example.org' }] });
  });
});

const nameService = 'Name service error for name=mx.test type=AAAA:';
const notFound = `Host or domain name not found. ${nameService}`;

it.each([
  ['unreachable', true],
  ['timeout', undefined],
  ['SERVFAIL', undefined],
] as const)('lookupTrouble(): %s is ours: %s', (cause, ours) => {
  expect(lookupTrouble('mx.test', 'AAAA', { kind: 'failed', cause, detail: '' }).ours).toBe(ours);
});

it.each([
  ['malformed', `${nameService} Malformed or unexpected name server reply`],
  ['SERVFAIL', `${notFound} Host not found, try again`],
  ['timeout', `${notFound} Host not found, try again`],
] as const)('lookupTrouble(): %s', (cause, text) => {
  const { reason } = lookupTrouble('mx.test', 'AAAA', { kind: 'failed', cause, detail: '' });
  expect(reason).toBe(text);
});

it.each([
  ['NXDOMAIN', 'Host not found'],
  ['NODATA', 'Host found but no data record of requested type'],
] as const)('noAddress(): %s', (denial, why) => {
  expect(noAddress('mx.test', denial, 'AAAA')).toEqual({
    outcome: 'bounced',
    scope: 'destination',
    dsn: '5.4.4',
    reason: `${notFound} ${why}`,
  });
});

it('loopTrouble(): we are the host ourselves', () => {
  expect(loopTrouble('example.org', 'loop')).toEqual({
    outcome: 'bounced',
    scope: 'destination',
    dsn: '5.4.6',
    reason: 'mail for example.org loops back to myself',
  });
  expect(loopTrouble('example.org', 'primary missing')).toEqual({
    outcome: 'deferred',
    scope: 'destination',
    dsn: '4.4.4',
    reason: 'unable to find primary relay for example.org',
  });
});

it('isLoop(): tells such trouble from other', () => {
  const other = noAddress('example.org', 'NXDOMAIN', 'A');
  expect(isLoop(loopTrouble('example.org', 'loop'))).toBe(true);
  expect(isLoop(loopTrouble('example.org', 'primary missing'))).toBe(true);
  expect(isLoop(other)).toBe(false);
  for (const reason of [
    'he said: mail loops back to myself, it seems',
    'said: unable to find primary relay for x',
  ]) {
    expect(isLoop({ ...other, reason })).toBe(false);
  }
});
