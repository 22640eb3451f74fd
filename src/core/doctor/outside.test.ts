import { describe, expect, test } from 'vitest';
import type { Finding } from './finding.ts';
import { judgeListeners, type CertificateFacts, type ListenerFacts } from './listeners.ts';
import { judgeName, type NameFacts } from './name.ts';
import { judgeOutbound, type OutboundFacts, type OutboundTry } from './outbound.ts';
import { judgeOwnTlsa, type OwnTlsaFacts } from './own-tlsa.ts';
import { judgeSenders, type SenderFacts } from './senders.ts';

const ids = (findings: readonly Finding[]): readonly string[] =>
  findings.map(({ state, id }) => `${state} ${id}`);
const day = 86_400_000;

describe('a listener', () => {
  const certificate: CertificateFacts = {
    from: 'shown',
    names: ['relay.test'],
    notBefore: 0,
    notAfter: 100 * day,
    covers: [{ name: 'relay.test', isCovered: true }],
    chain: 'trusted',
  };
  const greeted = {
    kind: 'greeted',
    offered: ['STARTTLS'],
    offeredInTls: ['AUTH PLAIN'],
    tls: 'TLSv1.3',
  } as const;
  const facts: ListenerFacts = {
    address: '192.0.2.1:587',
    key: 'listener[0]',
    isLoopback: false,
    tls: 'starttls',
    tlsRequired: false,
    auth: 'require',
    tlsAuthOnly: true,
    dial: greeted,
    certificate,
  };
  const found = (more: Partial<ListenerFacts>): readonly string[] =>
    ids(judgeListeners([{ ...facts, ...more }], 50 * day));
  const shown = (more: Partial<CertificateFacts>): readonly string[] =>
    found({ certificate: { ...certificate, ...more } }).filter((id) => id.includes('certificate'));

  test('is well', () => {
    expect(found({})).toEqual([
      'ok listener-answers',
      'ok certificate-valid',
      'ok certificate-names',
      'ok certificate-chain',
    ]);
  });

  test.each<[string, Partial<ListenerFacts>, string]>([
    ['says nothing', { dial: { kind: 'no greeting', why: 'ECONNREFUSED' } }, 'FAIL listener-silent'],
    ['has no TLS', { dial: { ...greeted, tlsTrouble: 'refused' } }, 'FAIL listener-no-tls'],
    ['offers no login', { dial: { ...greeted, offeredInTls: [] } }, 'FAIL listener-no-auth'],
    ['can offer none', { tls: 'none' }, 'FAIL listener-no-auth'],
    [
      'takes passwords in clear',
      { dial: { ...greeted, offered: ['AUTH PLAIN'] } },
      'warn listener-auth-in-clear',
    ],
    ['was not dialled', { dial: { kind: 'not tried', why: 'x' } }, 'skip listener-not-tried'],
    ['has files that are of no use', { certificateTrouble: 'x' }, 'FAIL certificate-unusable'],
  ])('%s', (_, more, expected) => {
    expect(found(more)).toContain(expected);
  });

  test.each<[string, Partial<CertificateFacts>, string]>([
    ['is over', { notAfter: 49 * day }, 'FAIL certificate-expired'],
    ['ends soon', { notAfter: 60 * day }, 'warn certificate-expires'],
    ['has not begun', { notBefore: 51 * day }, 'FAIL certificate-not-yet'],
    [
      'is for somebody else',
      { covers: [{ name: 'localhost', isCovered: false }] },
      'FAIL certificate-wrong-name',
    ],
    [
      'is not for the usual name',
      {
        covers: [
          { name: 'localhost', isCovered: false },
          { name: 'relay.test', isCovered: true },
        ],
      },
      'warn certificate-lacks-name',
    ],
    [
      'is not for an unusual one',
      {
        covers: [
          { name: 'localhost', isCovered: true },
          { name: '127.0.0.1', isCovered: false },
        ],
      },
      'ok certificate-names',
    ],
    ['is self-signed', { chain: 'self-signed' }, 'warn certificate-private'],
    ['lacks those above it', { chain: 'incomplete' }, 'FAIL certificate-chain-incomplete'],
  ])('whose certificate %s', (_, more, expected) => {
    expect(shown(more)).toContain(expected);
  });
});

describe('outbound', () => {
  const tried = (outcome: OutboundTry['outcome'], address = '192.0.2.1'): OutboundTry => ({
    domain: 'd.test',
    host: 'mx.d.test',
    address,
    outcome,
    what: 'x',
  });
  const found = (tries: readonly OutboundTry[], more: Partial<OutboundFacts> = {}): readonly string[] =>
    ids(judgeOutbound({ port: 25, source: '--domain', tries, notTried: [], wantsIpv6: true, ...more }));
  test.each<[string, readonly OutboundTry[], readonly string[]]>([
    ['nobody answers', [tried('silent'), tried('no route', '2001:db8::1')], ['FAIL outbound-blocked']],
    ['there is no way', [tried('no route')], ['FAIL outbound-no-route']],
    ['all refuse', [tried('refused'), tried('silent')], ['FAIL outbound-refused']],
    ['one greets with nothing', [tried('no greeting')], ['FAIL outbound-refused']],
    ['one answers', [tried('answered')], ['ok outbound-open']],
    [
      'one of two answers',
      [tried('answered'), tried('refused')],
      ['ok outbound-open', 'warn outbound-some-fail'],
    ],
    [
      'none does by IPv6',
      [tried('answered'), tried('no route', '2001:db8::1')],
      ['ok outbound-open', 'warn outbound-no-ipv6'],
    ],
  ])('%s', (_, tries, expected) => {
    expect(found(tries)).toEqual(expected);
  });

  test('nobody is named', () => {
    expect(found([], { source: 'none' })).toEqual(['skip outbound-not-tried']);
    expect(found([], { notTried: [{ domain: 'd.test', why: 'x' }] })).toEqual(['warn outbound-no-host']);
  });
});

describe('the name', () => {
  const facts: NameFacts = {
    hostname: 'relay.test',
    heloName: 'relay.test',
    isFull: true,
    addresses: ['192.0.2.9'],
    own: ['127.0.0.1', '192.0.2.9'],
    outgoing: [{ address: '192.0.2.9', names: ['relay.test'], confirmed: ['relay.test'] }],
    relayhost: '',
  };
  const [ptr] = facts.outgoing;
  test.each<[string, Partial<NameFacts>, readonly string[]]>([
    ['is well', {}, ['ok name-resolves', 'ok ptr-confirmed']],
    ['is unknown', { addresses: [] }, ['FAIL name-not-found', 'ok ptr-confirmed']],
    [
      'is unknown to others than the relayhost',
      { addresses: [], relayhost: '[mail.test]' },
      ['warn name-not-found', 'ok ptr-confirmed'],
    ],
    ['is another machine', { addresses: ['198.51.100.1'] }, ['warn name-elsewhere', 'ok ptr-confirmed']],
    [
      'has no domain',
      { isFull: false, heloName: 'vm', outgoing: [] },
      ['warn name-not-full', 'skip ptr-not-judged'],
    ],
    ['is an address', { heloName: '[192.0.2.9]', isFull: false }, ['ok name-literal', 'warn ptr-other-name']],
    [
      'has no way back',
      { outgoing: ptr ? [{ ...ptr, names: [], confirmed: [] }] : [] },
      ['ok name-resolves', 'FAIL ptr-missing'],
    ],
    [
      'comes from a name that is not its',
      { outgoing: ptr ? [{ ...ptr, confirmed: [] }] : [] },
      ['ok name-resolves', 'FAIL ptr-not-confirmed'],
    ],
    [
      'could not be asked for',
      { lookupFailed: 'x', outgoing: ptr ? [{ ...ptr, failed: 'x' }] : [] },
      ['warn name-unknown', 'warn ptr-unknown'],
    ],
  ])('%s', (_, more, expected) => {
    expect(ids(judgeName({ ...facts, ...more }))).toEqual(expected);
  });
});

describe('TLSA records of our own', () => {
  const facts: OwnTlsaFacts = {
    owner: '_587._tcp.relay.test',
    address: '192.0.2.9:587',
    lookup: { kind: 'found', isSecure: true, records: ['3 1 1 ab'], usable: 1 },
    verdict: { isMatch: true, what: '3 1 1' },
    recommended: '3 1 1 cd',
  };
  const other = { isMatch: false, what: 'no matching record' };
  test.each<[Partial<OwnTlsaFacts>, string]>([
    [{}, 'ok tlsa-matches'],
    [{ verdict: other }, 'FAIL tlsa-mismatch'],
    [
      { verdict: other, lookup: { kind: 'found', isSecure: false, records: [], usable: 1 } },
      'warn tlsa-mismatch',
    ],
    [{ lookup: { kind: 'found', isSecure: false, records: [], usable: 1 } }, 'warn tlsa-unsigned'],
    [{ lookup: { kind: 'found', isSecure: true, records: ['0 0 0 ab'], usable: 0 } }, 'warn tlsa-unusable'],
    [{ lookup: { kind: 'none' } }, 'ok tlsa-none'],
    [{ lookup: { kind: 'failed', why: 'SERVFAIL' } }, 'warn tlsa-unknown'],
  ])('%j', (more, expected) => {
    expect(ids(judgeOwnTlsa([{ ...facts, ...more }]))).toEqual([expected]);
  });

  test('without a certificate to hold them against', () => {
    const { verdict: _, ...rest } = facts;
    expect(ids(judgeOwnTlsa([rest]))).toEqual(['skip tlsa-not-judged']);
    expect(ids(judgeOwnTlsa([]))).toEqual(['skip tlsa-no-listener']);
  });
});

describe('a sender', () => {
  const passes = { result: 'pass', why: '"a"', record: 'v=spf1 a -all' } as const;
  const policy = { policy: 'reject', dkim: 'relaxed', spf: 'relaxed', isReported: false } as const;
  const facts: SenderFacts = {
    domain: 'd.test',
    from: '--sender',
    spf: [{ address: '192.0.2.9', verdict: passes }],
    spfRecord: { ...passes, result: 'fail' },
    dkim: [{ name: 's._domainkey.d.test', state: 'published', text: '' }],
    dmarc: { kind: 'found', policy, at: 'd.test', record: '' },
  };
  const found = (more: Partial<SenderFacts>, relayhost = ''): readonly string[] =>
    ids(judgeSenders({ senders: [{ ...facts, ...more }], leftOut: 0, relayhost }));
  const refused = [{ address: '192.0.2.9', verdict: { ...passes, result: 'fail' } as const }];

  test.each<[string, Partial<SenderFacts>, readonly string[]]>([
    ['is well', {}, ['ok spf-pass', 'ok dkim-published', 'ok dmarc-aligned']],
    ['that is signed alone', { spf: refused }, ['FAIL spf-fails', 'ok dkim-published', 'ok dmarc-aligned']],
    ['that SPF lets alone', { dkim: [] }, ['ok spf-pass', 'warn dkim-none', 'ok dmarc-aligned']],
    [
      'that nothing speaks for',
      { spf: refused, dkim: [] },
      ['FAIL spf-fails', 'warn dkim-none', 'FAIL dmarc-fails'],
    ],
    [
      'that is signed by a parent',
      { spf: refused, domain: 'a.d.test' },
      ['FAIL spf-fails', 'ok dkim-published', 'ok dmarc-aligned'],
    ],
    [
      'that must be signed by itself',
      {
        spf: refused,
        domain: 'a.d.test',
        dmarc: { kind: 'found', policy: { ...policy, dkim: 'strict' }, at: 'd.test', record: '' },
      },
      ['FAIL spf-fails', 'ok dkim-published', 'FAIL dmarc-fails'],
    ],
    [
      'whose address nobody knows',
      { spf: [] },
      ['skip spf-not-judged', 'ok dkim-published', 'ok dmarc-aligned'],
    ],
    [
      'whose records are broken',
      {
        spfRecord: { ...passes, result: 'permerror' },
        dkim: [{ name: 'x', state: 'revoked', text: '' }],
        dmarc: { kind: 'several', at: 'd.test' },
      },
      ['FAIL spf-broken', 'FAIL dkim-wrong', 'FAIL dmarc-broken'],
    ],
    [
      'whose lookups fail',
      {
        spfRecord: { ...passes, result: 'temperror' },
        dkim: [{ name: 'x', state: 'unknown', text: '' }],
        dmarc: { kind: 'failed', why: '' },
      },
      ['warn spf-unknown', 'warn dkim-unknown', 'warn dmarc-unknown'],
    ],
    [
      'that softfails',
      {
        spf: [{ address: '192.0.2.9', verdict: { ...passes, result: 'softfail' } }],
        dkim: [{ name: 'x', state: 'testing', text: '' }],
        dmarc: { kind: 'found', policy: { ...policy, policy: 'none' }, at: 'd.test', record: '' },
      },
      ['FAIL spf-fails', 'warn dkim-testing', 'warn dmarc-not-aligned'],
    ],
    [
      'that says nothing of us',
      { spf: [{ address: '192.0.2.9', verdict: { ...passes, result: 'neutral' } }] },
      ['warn spf-neutral', 'ok dkim-published', 'ok dmarc-aligned'],
    ],
  ])('%s', (_, more, expected) => {
    expect(found(more)).toEqual(expected);
  });

  test('behind a relayhost, or not there', () => {
    expect(found({}, '[mail.test]')[0]).toBe('ok spf-there');
    expect(ids(judgeSenders({ senders: [], leftOut: 0, relayhost: '' }))).toEqual(['skip senders-none']);
    expect(ids(judgeSenders({ senders: [facts], leftOut: 3, relayhost: '' })).at(-1)).toBe(
      'skip senders-left-out',
    );
  });
});
