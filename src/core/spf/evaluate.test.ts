import { describe, expect, test } from 'vitest';
import type { Answer, Lookup } from '../dns/answer.ts';
import { evaluateSpf, type SpfVerdict } from './evaluate.ts';

/** Owner and type -> records; `fails` for a lookup that does, and nothing for names without records. */
type Zone = Readonly<Record<string, readonly unknown[] | 'fails'>>;

function lookupIn(zone: Zone, asked: string[] = []): Lookup {
  return (async (name: string, type: string): Promise<Answer<unknown>> => {
    asked.push(`${name} ${type}`);
    const found = zone[`${name} ${type}`];
    if (found === 'fails') return { kind: 'failed', cause: 'SERVFAIL', detail: 'SERVFAIL' };
    const rest = { secure: false, name, aliases: [], ttl: 60 };
    if (found === undefined) return { kind: 'absent', denial: 'NXDOMAIN', ...rest };
    return { kind: 'found', records: found, ...rest };
  }) as Lookup;
}

async function spf(zone: Zone, address = '192.0.2.9', asked: string[] = []): Promise<SpfVerdict> {
  const client = { address, sender: 'app@example.org', helo: 'relay.example.org' };
  return evaluateSpf('example.org', client, lookupIn(zone, asked));
}

const record = (text: string): Zone => ({ 'example.org TXT': ['another text', text] });

describe('evaluateSpf', () => {
  test.each<[string, Zone, string, string?]>([
    ['no record', {}, 'none'],
    ['another text', { 'example.org TXT': ['v=spf10 -all'] }, 'none'],
    ['two records', { 'example.org TXT': ['v=spf1 -all', 'v=spf1 +all'] }, 'permerror'],
    ['a lookup that fails', { 'example.org TXT': 'fails' }, 'temperror'],
    ['nothing that matches', record('v=spf1 ip4:198.51.100.1'), 'neutral'],
    ['an empty record', record('v=spf1'), 'neutral'],
    ['-all', record('v=spf1 -all'), 'fail'],
    ['~all', record('v=spf1 ~all'), 'softfail'],
    ['?all', record('v=spf1 ?all'), 'neutral'],
    ['all', record('v=spf1 all'), 'pass'],
    ['words in capitals', record('V=SPF1 IP4:192.0.2.9 -ALL'), 'pass'],
    ['ip4', record('v=spf1 ip4:192.0.2.9 -all'), 'pass'],
    ['a network', record('v=spf1 ip4:192.0.2.0/28 -all'), 'pass'],
    ['a network that ends before', record('v=spf1 ip4:192.0.2.0/29 -all'), 'fail'],
    ['the whole of IPv4', record('v=spf1 ip4:0.0.0.0/0 -all'), 'pass'],
    ['ip6 of another family', record('v=spf1 ip6:::/0 -all'), 'fail'],
    ['a network that is none', record('v=spf1 ip4:192.0.2.0/33 -all'), 'permerror'],
    ['a term that is none', record('v=spf1 ipv4:192.0.2.9 -all'), 'permerror'],
    ['a value after all', record('v=spf1 all:x'), 'permerror'],
    ['an unknown modifier', record('v=spf1 foo=bar ip4:192.0.2.9 -all'), 'pass'],
    ['a', { ...record('v=spf1 a -all'), 'example.org A': ['192.0.2.9'] }, 'pass'],
    [
      'a of another',
      { ...record('v=spf1 a:mail.example.org/24 -all'), 'mail.example.org A': ['192.0.2.1'] },
      'pass',
    ],
    [
      'mx',
      {
        ...record('v=spf1 mx -all'),
        'example.org MX': [{ preference: 10, exchange: 'mx.example.org' }],
        'mx.example.org A': ['192.0.2.9'],
      },
      'pass',
    ],
    ['a lookup of mx that fails', { ...record('v=spf1 mx -all'), 'example.org MX': 'fails' }, 'temperror'],
    [
      'more than ten hosts of mx',
      {
        ...record('v=spf1 mx -all'),
        'example.org MX': Array.from({ length: 11 }, (_, n) => ({
          preference: n,
          exchange: `mx${n}.example.org`,
        })),
      },
      'permerror',
    ],
    [
      'include that passes',
      { ...record('v=spf1 include:p.test -all'), 'p.test TXT': ['v=spf1 ip4:192.0.2.9 -all'] },
      'pass',
    ],
    [
      'include that fails',
      { ...record('v=spf1 include:p.test ~all'), 'p.test TXT': ['v=spf1 -all'] },
      'softfail',
    ],
    [
      'include that says nothing',
      { ...record('v=spf1 include:p.test -all'), 'p.test TXT': ['v=spf1 ?all'] },
      'fail',
    ],
    ['include of nothing', record('v=spf1 include:p.test -all'), 'permerror'],
    [
      'redirect',
      { ...record('v=spf1 redirect=p.test'), 'p.test TXT': ['v=spf1 ip4:192.0.2.9 -all'] },
      'pass',
    ],
    ['redirect after all', record('v=spf1 -all redirect=p.test'), 'fail'],
    ['redirect to nothing', record('v=spf1 redirect=p.test'), 'permerror'],
    ['two redirects', record('v=spf1 redirect=p.test redirect=q.test'), 'permerror'],
    [
      'exists with macros',
      {
        ...record('v=spf1 exists:%{ir}.%{v}._spf.%{d2} -all'),
        '9.2.0.192.in-addr._spf.example.org A': ['127.0.0.2'],
      },
      'pass',
    ],
    ['a macro that is none', record('v=spf1 exists:%{x}.example.org -all'), 'permerror'],
    [
      'a name of the address',
      {
        ...record('v=spf1 ptr -all'),
        '9.2.0.192.in-addr.arpa PTR': ['relay.example.org'],
        'relay.example.org A': ['192.0.2.9'],
      },
      'pass',
    ],
    [
      'a name that does not lead back',
      {
        ...record('v=spf1 ptr -all'),
        '9.2.0.192.in-addr.arpa PTR': ['relay.example.org'],
        'relay.example.org A': ['192.0.2.1'],
      },
      'fail',
    ],
    [
      'three names without records',
      record('v=spf1 a:a.test a:b.test a:c.test ip4:192.0.2.9 -all'),
      'permerror',
    ],
    [
      'a loop',
      { ...record('v=spf1 include:p.test -all'), 'p.test TXT': ['v=spf1 include:example.org -all'] },
      'permerror',
    ],
    ['of IPv6', record('v=spf1 ip6:2001:db8::/32 -all'), 'pass', '2001:db8::9'],
    [
      'of IPv6, nibbles',
      {
        ...record('v=spf1 exists:%{i}.test -all'),
        [`2.0.0.1.0.d.b.8.${'0.'.repeat(23)}9.test A`]: ['127.0.0.2'],
      },
      'pass',
      '2001:db8::9',
    ],
  ])('%s', async (_, zone, result, address) => {
    expect((await spf(zone, address)).result).toBe(result);
  });

  test('asks no more than ten terms', async () => {
    const asked: string[] = [];
    const hosts = Array.from({ length: 40 }, (_, at) => `n${at}.test`);
    const zone = Object.fromEntries(hosts.map((host) => [`${host} A`, ['198.51.100.1']]));
    const terms = hosts.map((host) => `a:${host}`).join(' ');
    expect(await spf({ ...record(`v=spf1 ${terms} -all`), ...zone }, '192.0.2.9', asked)).toMatchObject({
      result: 'permerror',
      why: 'more than 10 terms ask the DNS',
    });
    expect(asked).toEqual(['example.org TXT', ...hosts.slice(0, 10).map((host) => `${host} A`)]);
  });

  test('says which term decided', async () => {
    expect(await spf({ ...record('v=spf1 include:p.test ~all'), 'p.test TXT': ['v=spf1 -all'] })).toEqual({
      result: 'softfail',
      record: 'v=spf1 include:p.test ~all',
      why: '"~all" of example.org',
    });
  });
});
