import { describe, expect, it } from 'vitest';
import type { Answer } from '../dns/answer.ts';
import type { MxRecord } from '../dns/record.ts';
import { familyOf, hostsOf, isLoop, lookupTrouble, loopTrouble, noAddress } from './hosts.ts';

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

it.each([
  ['192.0.2.1', 4],
  ['203.113.25.255', 4],
  ['2001:db8::1', 6],
  ['192.0.2.1.example', undefined],
  ['mx192.0.2.1', undefined],
  ['mx.example.org', undefined],
  ['192.0.2', undefined],
])('familyOf(): %s', (name, family) => {
  expect(familyOf(name)).toBe(family);
});
