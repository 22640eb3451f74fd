import { describe, expect, test } from 'vitest';
import { makeAuthority, pemOf } from '../../../test/support/test-ca.ts';
import { anchorRecords } from '../dane/anchor-records.ts';
import { parseEntry } from './policy-entry.ts';
import type { EntryContext } from './policy-entry.ts';

const pems = [makeAuthority('A'), makeAuthority('B')].map(({ der }) => pemOf(der));
const anchors = pems.map((pem) => anchorRecords(pem) ?? []);
const [one, two, three] = ['a1', 'b2', 'c3'].map((octet) => octet.repeat(32));

function parse(text: string, part: Partial<EntryContext> = {}): ReturnType<typeof parseEntry> {
  return parseEntry(text, {
    fingerprints: { digest: 'sha256', values: [] },
    readFile: (name) => {
      const [, index] = /^\/ca\/(\d)$/.exec(name.replace('with space', '0')) ?? [];
      return index === undefined ? { problem: 'no such file' } : { text: pems[Number(index)] ?? 'no PEM' };
    },
    ...part,
  });
}

const level = (name: string, part: object = {}) => ({ kind: 'level', level: name, ...part });

describe('parseEntry(): attributes', () => {
  test.each<[string, object]>([
    ['encrypt', level('encrypt')],
    ['may ciphers=high', level('may', { ciphers: 'high' })],
    ['dane ciphers=MEDIUM', level('dane', { ciphers: 'medium' })],
    ['may protocols=>=TLSv1.2', level('may', { versions: ['TLSv1.2', 'TLSv1.3'] })],
    ['encrypt protocols=!TLSv1:!TLSv1.1', level('encrypt', { versions: ['TLSv1.2', 'TLSv1.3'] })],
    ['encrypt protocols=TLSv1.2', level('encrypt', { versions: ['TLSv1.2'] })],
    ['may exclude=RC4:AES128-SHA', level('may', { exclude: ['RC4', 'AES128-SHA'] })],
    ['encrypt servername=hostname', level('encrypt', { serverName: 'hostname' })],
    ['may exclude=:RC4::AES128-SHA:', level('may', { exclude: ['RC4', 'AES128-SHA'] })],
    ['encrypt servername=nexthop', level('encrypt', { serverName: 'nexthop' })],
    ['encrypt servername=NEXTHOP', level('encrypt', { serverName: 'nexthop' })],
    ['encrypt servername=Mail.Example.org', level('encrypt', { serverName: 'mail.example.org' })],
    ['dane servername=mail.example.org', level('dane', { serverName: 'mail.example.org' })],
    ['may exclude=', level('may', { exclude: [] })],
    ['may protocols=', level('may', { versions: ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] })],
    ['may enable_rpk=Yes enable_rpk=no', level('may')],
    ['may { exclude = RC4, AES128-SHA }', level('may', { exclude: ['RC4', 'AES128-SHA'] })],
    [
      'encrypt { protocols = >=TLSv1.2, !TLSv1.3 } {CIPHERS=high}',
      level('encrypt', { versions: ['TLSv1.2'], ciphers: 'high' }),
    ],
    ['secure { match = nexthop : .Example.org }', level('secure', { match: ['nexthop', '.example.org'] })],
    ['secure { tafile = /ca/with space }', level('secure', { anchors: anchors[0] })],
    ['encrypt { servername = Mail.Example.org }', level('encrypt', { serverName: 'mail.example.org' })],
    [`fingerprint { match = ${one} | ${two} }`, level('fingerprint', { fingerprints: [one, two] })],
    ['may mta_sts=Enforce', level('may', { mtaSts: 'enforce' })],
    ['dane mta_sts=testing', level('dane', { mtaSts: 'testing' })],
    ['encrypt { mta_sts = off }', level('encrypt', { mtaSts: 'off' })],
    ['dane sticky=Enforce', level('dane', { sticky: 'enforce' })],
    ['dane health=Off', level('dane', { health: false })],
    ['dane-only health=on', level('dane-only', { health: true })],
    ['may what_if=dane-only', level('may', { whatIf: level('dane-only') })],
    [
      'may { what_if = secure match=nexthop, mta_sts=off }',
      level('may', {
        whatIf: { kind: 'invalid', reason: 'attribute "mta_sts" invalid at security level "secure"' },
      }),
    ],
    [
      'dane { what_if = secure match=nexthop }',
      level('dane', { whatIf: level('secure', { match: ['nexthop'] }) }),
    ],
    [
      'dane what_if=sometimes',
      level('dane', { whatIf: { kind: 'invalid', reason: 'invalid security level "sometimes"' } }),
    ],
    [
      'dane { what_if = may what_if=may }',
      level('dane', { whatIf: { kind: 'invalid', reason: 'attribute "what_if" within what is tried out' } }),
    ],
    ['may connection_reuse=no', level('may', { connectionReuse: false })],
    ['may connection_reuse=no connection_reuse=yes', level('may', { connectionReuse: true })],
    ['verify', level('verify')],
    ['verify match=hostname', level('verify', { match: ['hostname'] })],
    ['secure match=nexthop:.Example.org', level('secure', { match: ['nexthop', '.example.org'] })],
    ['secure match=a.test match=b.test', level('secure', { match: ['a.test', 'b.test'] })],
    [`fingerprint match=${one}`, level('fingerprint', { fingerprints: [one] })],
    [
      `fingerprint match=${one}|${two?.toUpperCase().replaceAll(/..(?!$)/g, '$&:')} match=${three}`,
      level('fingerprint', { fingerprints: [one, two, three] }),
    ],
    ['secure tafile=/ca/0', level('secure', { anchors: anchors[0] })],
    [
      'verify tafile=/ca/0,tafile=/ca/1 match=a.test',
      level('verify', { anchors: anchors.flat(), match: ['a.test'] }),
    ],
    [
      'encrypt CIPHERS=high,\tprotocols=TLSv1.3',
      level('encrypt', { ciphers: 'high', versions: ['TLSv1.3'] }),
    ],
  ])('%s', (text, entry) => {
    expect(parse(text)).toEqual({ entry, ignored: [] });
  });

  test('none makes no use of any, and says so', () => {
    expect(parse('none ciphers=bogus match=x')).toEqual({
      entry: level('none'),
      ignored: ['ciphers=bogus', 'match=x'],
    });
  });

  test('fingerprint without match takes those of the settings', () => {
    const fingerprints = { digest: 'sha256', values: ['00'] } as const;
    expect(parse('fingerprint', { fingerprints }).entry).toEqual(level('fingerprint'));
  });

  test('digests are read as the settings say', () => {
    const fingerprints = { digest: 'sha1', values: [] } as const;
    const sha1 = 'ab'.repeat(20);
    expect(parse(`fingerprint match=${sha1}`, { fingerprints }).entry).toEqual(
      level('fingerprint', { fingerprints: [sha1] }),
    );
  });
});

describe('parseEntry(): an entry that cannot be given in full is not given at all', () => {
  test.each([
    ['', 'invalid empty policy'],
    ['bogus', 'invalid security level "bogus"'],
    ['half-dane', 'invalid security level "half-dane"'],
    ['may match=nexthop', 'attribute "match" invalid at security level "may"'],
    ['dane match=nexthop', 'attribute "match" invalid at security level "dane"'],
    ['encrypt tafile=/ca/0', 'attribute "tafile" invalid at security level "encrypt"'],
    ['fingerprint tafile=/ca/0', 'attribute "tafile" invalid at security level "fingerprint"'],
    ['may ciphers=high ciphers=high', 'attribute "ciphers" is specified multiple times'],
    ['may protocols=TLSv1.2 Protocols=TLSv1.2', 'attribute "Protocols" is specified multiple times'],
    ['may exclude=A exclude=B', 'attribute "exclude" is specified multiple times'],
    ['may servername=a servername=b', 'attribute "servername" is specified multiple times'],
    ['may ciphers=', 'attribute "ciphers" has empty value'],
    ['may high', `malformed attribute/value pair "high": missing '=' after attribute name`],
    ['may =high', 'malformed attribute/value pair "=high": missing attribute name'],
    [
      'may { ciphers high }',
      `malformed attribute/value pair "{ ciphers high }": missing '=' after attribute name`,
    ],
    ['may { = high }', 'malformed attribute/value pair "{ = high }": missing attribute name'],
    ['may { ciphers = high', `malformed attribute/value pair "{ ciphers = high": missing '}'`],
    ['may {ciphers=high}x', `malformed attribute/value pair "{ciphers=high}x": syntax error after '}'`],
    ['may { ciphers = }', 'attribute "ciphers" has empty value'],
    ['may { ciphers = high low }', 'invalid TLS cipher grade: "high low"'],
    ['{may}', 'invalid security level "{may}"'],
    ['may{ciphers=high}', 'invalid security level "may{ciphers=high}"'],
    ['may servername=', 'attribute "servername" has empty value'],
    ['may { servername = a.test b.test }', '"servername=a.test b.test" specifies an invalid hostname'],
    ['secure { match = a.test b.test }', '"match=a.test b.test" specifies an invalid hostname'],
    ['may enable_rpk=1', 'attribute "enable_rpk" has bad value: "1"'],
    ['may cipher=high', 'invalid attribute name: "cipher"'],
    ['may ciphers=null', 'invalid TLS cipher grade: "null"'],
    ['may protocols=SSLv3', 'invalid TLS protocol list "SSLv3"'],
    ['may exclude=RC4:@SECLEVEL', 'invalid TLS cipher exclusion list "RC4:@SECLEVEL"'],
    ['may exclude=@SECLEVEL', 'invalid TLS cipher exclusion list "@SECLEVEL"'],
    ['may servername=a_b!', '"servername=a_b!" specifies an invalid hostname'],
    ['may mta_sts=maybe', 'attribute "mta_sts" has bad value: "maybe"'],
    ['dane-only mta_sts=off', 'attribute "mta_sts" invalid at security level "dane-only"'],
    ['may mta_sts=off mta_sts=off', 'attribute "mta_sts" is specified multiple times'],
    ['dane sticky=yes', 'attribute "sticky" has bad value: "yes"'],
    ['dane-only sticky=warn', 'attribute "sticky" invalid at security level "dane-only"'],
    ['dane health=never', 'attribute "health" has bad value: "never"'],
    ['may health=off', 'attribute "health" invalid at security level "may"'],
    ['may connection_reuse=maybe', 'attribute "connection_reuse" has bad value: "maybe"'],
    ['verify match=a..b', '"match=a..b" specifies an invalid hostname'],
    ['verify match=a.test:', '"match=a.test:" specifies an invalid hostname'],
    ['verify tafile=/gone', 'error opening trust anchor file: /gone: no such file'],
    ['verify tafile=/ca/0 tafile=/ca/9', 'no trust anchors, or one that cannot be read, in file: /ca/9'],
    ['fingerprint match=AA:BB', 'malformed sha256 fingerprint "AA:BB"'],
    [`fingerprint match=${one}|`, 'malformed sha256 fingerprint ""'],
    ['fingerprint', 'configured at fingerprint security level, but with no fingerprints to match.'],
  ])('%s', (text, reason) => {
    expect(parse(text)).toEqual({ entry: { kind: 'invalid', reason }, ignored: [] });
  });
});
