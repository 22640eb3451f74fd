import { describe, expect, it } from 'vitest';
import type { Answer } from '../dns/answer.ts';
import type { MxRecord } from '../dns/record.ts';
import { hostsOf, lookupTrouble, noAddress } from './hosts.ts';

function found(...records: MxRecord[]): Answer<MxRecord> {
  return { kind: 'found', secure: true, name: 'example.org', aliases: [], ttl: 60, records };
}

describe('hostsOf()', () => {
  it('lists the exchanges and says that their RRset is signed', () => {
    expect(hostsOf('example.org', found({ preference: 10, exchange: 'mx.example.org' }))).toEqual({
      kind: 'hosts',
      hosts: [{ name: 'mx.example.org', preference: 10 }],
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

  it('ignores a null MX beside real hosts', () => {
    const answer = found({ preference: 0, exchange: '.' }, { preference: 10, exchange: 'mx.example.org' });
    expect(hostsOf('example.org', answer)).toMatchObject({ hosts: [{ name: 'mx.example.org' }] });
  });
});

const nameService = 'Host or domain name not found. Name service error for name=mx.test type=AAAA:';

it.each([
  ['malformed', 'Malformed or unexpected name server reply'],
  ['SERVFAIL', 'Host not found, try again'],
  ['timeout', 'Host not found, try again'],
] as const)('lookupTrouble(): %s', (cause, why) => {
  const { reason } = lookupTrouble('mx.test', 'AAAA', { kind: 'failed', cause, detail: '' });
  expect(reason).toBe(`${nameService} ${why}`);
});

it.each([
  ['NXDOMAIN', 'Host not found'],
  ['NODATA', 'Host found but no data record of requested type'],
] as const)('noAddress(): %s', (denial, why) => {
  expect(noAddress('mx.test', denial, 'AAAA')).toEqual({
    outcome: 'bounced',
    scope: 'destination',
    dsn: '5.4.4',
    reason: `${nameService} ${why}`,
  });
});
