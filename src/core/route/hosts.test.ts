import { describe, expect, it } from 'vitest';
import type { Answer } from '../dns/answer.ts';
import type { MxRecord } from '../dns/record.ts';
import { hostsOf } from './hosts.ts';

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

  it.each(['NXDOMAIN', 'NODATA'] as const)('takes the domain itself on %s', (denial) => {
    const answer = {
      kind: 'absent',
      secure: false,
      denial,
      name: 'example.org',
      aliases: [],
      ttl: 5,
    } as const;
    expect(hostsOf('example.org', answer)).toMatchObject({ mx: 'none', hosts: [{ name: 'example.org' }] });
  });

  it.each(['SERVFAIL', 'timeout', 'REFUSED', 'FORMERR', 'malformed', 'unreachable', 'loop'] as const)(
    'waits on %s, and never takes it for "no MX" (Haraka 3, kumomta#543)',
    (cause) => {
      const trouble = hostsOf('example.org', { kind: 'failed', cause, detail: '' });
      expect(trouble).toMatchObject({ outcome: 'deferred', dsn: '4.4.3', scope: 'destination' });
    },
  );

  it('bounces a sole null MX, RFC 7505 §3', () => {
    expect(hostsOf('example.org', found({ preference: 0, exchange: '.' }))).toMatchObject({
      outcome: 'bounced',
      dsn: '5.1.10',
      reason: 'Domain example.org does not accept mail (nullMX)',
    });
  });

  it('ignores a null MX beside real hosts', () => {
    const answer = found({ preference: 0, exchange: '.' }, { preference: 10, exchange: 'mx.example.org' });
    expect(hostsOf('example.org', answer)).toMatchObject({ hosts: [{ name: 'mx.example.org' }] });
  });
});
