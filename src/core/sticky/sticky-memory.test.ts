import { describe, expect, it } from 'vitest';
import {
  lossRecord,
  lossText,
  readHosts,
  readLoss,
  stickyFinding,
  surplusHosts,
  type StickyFacts,
} from './sticky-memory.ts';

const day = 86_400_000;
const now = Date.UTC(2026, 10, 30);
const horizonMs = 14 * day;
const hosts = new Map([
  ['mx1.example.org', now - day],
  ['mx2.example.org', now - 2 * day],
  ['old.example.org', now - 20 * day],
]);

function find(facts: Partial<StickyFacts>, memory: ReadonlyMap<string, number> = hosts): string {
  const known: StickyFacts = { host: 'mx1.example.org', mx: 'secure', address: true, ...facts };
  const finding = stickyFinding(known, { hosts: memory }, { now, horizonMs });
  if (finding.kind !== 'lost') return finding.kind;
  const { what, provedAt, host, of } = finding;
  return `${what}, ${(now - provedAt) / day} d${of === 'host' ? '' : ' of the domain'}${host === known.host ? '' : ` of ${host}`}`;
}

describe('what a destination has lost', () => {
  const rows: readonly (readonly [string, Partial<StickyFacts>, string])[] = [
    ['MX records without a signature', { mx: 'insecure' }, 'MX, 1 d'],
    [
      'the same, naming a host that nobody knows',
      { mx: 'insecure', host: 'evil.example' },
      'MX, 1 d of the domain',
    ],
    [
      'the same, whose records are signed',
      { mx: 'insecure', host: 'e.example', tlsa: 'signed' },
      'MX, 1 d of the domain',
    ],
    [
      'no MX records, and nothing signed',
      { mx: 'none', host: 'example.org', address: false },
      'MX, 1 d of the domain',
    ],
    ['no MX records, a signed address', { mx: 'none', host: 'example.org', tlsa: 'none' }, 'nothing lost'],
    ['an address without a signature', { address: false }, 'address, 1 d'],
    ['the same of the other host', { host: 'mx2.example.org', address: false }, 'address, 2 d'],
    [
      'the same behind a signed alias, with a signed denial',
      { address: false, tlsa: 'none' },
      'address, 1 d',
    ],
    [
      'the same behind a signed alias, with signed records',
      { address: false, tlsa: 'signed' },
      'nothing lost',
    ],
    [
      'no mail host, and no signature',
      { mx: 'insecure', host: 'example.org', noHost: true },
      'hosts, 1 d of the domain',
    ],
    [
      'the address of a host beside it, which was proved',
      { host: 'mx3.example.org', address: false, unsignedHosts: ['mx3.example.org', 'mx2.example.org'] },
      'address, 2 d of mx2.example.org',
    ],
    [
      'the same of one that was proved too long ago',
      { host: 'mx3.example.org', address: false, unsignedHosts: ['old.example.org'] },
      'nothing lost',
    ],
    [
      'the same, where its own address is signed',
      { host: 'mx3.example.org', unsignedHosts: ['mx2.example.org'] },
      'nothing lost',
    ],
    ['records without a signature', { tlsa: 'unsigned' }, 'TLSA, 1 d'],
    ['a denial without a signature', { tlsa: 'unsigned denial' }, 'denial, 1 d'],
    ['a signed denial: the zone says so', { tlsa: 'none' }, 'left'],
    ['signed records that nobody can use', { tlsa: 'signed' }, 'nothing lost'],
    ['signed MX records name another host', { host: 'new.example', address: false }, 'nothing lost'],
    ['a host that was proved too long ago', { host: 'old.example.org', address: false }, 'nothing lost'],
  ];
  it.each(rows)('%s', (_, facts, expected) => {
    expect(find(facts)).toBe(expected);
  });

  it('is nothing where nothing was known, or all of it is older than the horizon', () => {
    expect(find({ mx: 'insecure' }, new Map())).toBe('nothing lost');
    expect(find({ mx: 'insecure' }, new Map([['mx1.example.org', now - horizonMs]]))).toBe('nothing lost');
    expect(find({ mx: 'insecure' }, new Map([['mx1.example.org', now - horizonMs + 1]]))).toMatch(/^MX/);
  });

  it('is nothing where a clock that was far ahead says when it was proved', () => {
    const provedIn = (ms: number): string =>
      find({ mx: 'insecure' }, new Map([['mx1.example.org', now + ms]]));
    expect(provedIn(horizonMs - 1)).toMatch(/^MX/);
    expect(provedIn(horizonMs)).toBe('nothing lost');
  });

  it('is told with its date', () => {
    expect(lossText({ what: 'MX', of: 'host', provedAt: now })).toBe(
      'was proved by signed TLSA records at 2026-11-30T00:00:00Z, and stands in MX records that are not signed now',
    );
    // A host that an attacker names was never proved.
    expect(lossText({ what: 'MX', of: 'domain', provedAt: now })).toBe(
      'was proved by signed TLSA records at 2026-11-30T00:00:00Z, and has no signed MX records now',
    );
  });
});

describe('what is stored', () => {
  it('counts only if it can be read', () => {
    const stored = { a: '1700000000000', b: 'x', c: '', d: '-1', e: '1e400', f: '9e15' };
    expect([...readHosts(stored)]).toEqual([['a', 1_700_000_000_000]]);
  });

  it('keeps the hosts that were proved last', () => {
    expect(surplusHosts(hosts, now, 2)).toEqual(['old.example.org']);
    expect(surplusHosts(hosts, now)).toEqual([]);
    const withOne = new Map([['ahead.example.org', now + 300 * day], ...hosts]);
    expect(surplusHosts(withOne, now, 3)).toEqual(['ahead.example.org']);
  });

  it('has what was lost, and reads nothing else', () => {
    const loss = { host: 'mx1.example.org', what: 'MX', since: now, waits: true } as const;
    expect(readLoss(lossRecord(loss))).toEqual(loss);
    for (const text of ['', '{', '[]', 'null', '{"host":"a","what":"x","since":1,"waits":true}']) {
      expect(readLoss(text)).toBeUndefined();
    }
  });
});
