import { describe, expect, test } from 'vitest';
import type { Lookup } from '../dns/answer.ts';
import { findDmarc, parseDmarc } from './policy.ts';

function lookupIn(zone: Readonly<Record<string, readonly string[] | 'fails'>>, asked: string[] = []): Lookup {
  return (async (name: string) => {
    asked.push(name);
    const records = zone[name];
    if (records === 'fails') return { kind: 'failed', cause: 'timeout', detail: 'no reply' };
    const rest = { secure: false, name, aliases: [], ttl: 60 };
    return records === undefined
      ? { kind: 'absent', denial: 'NXDOMAIN', ...rest }
      : { kind: 'found', records, ...rest };
  }) as unknown as Lookup;
}

describe('parseDmarc', () => {
  test.each([
    ['v=DMARC1; p=reject', true, { policy: 'reject', dkim: 'relaxed', spf: 'relaxed', isReported: false }],
    [
      'v=DMARC1; p=None; adkim=s; aspf=s; rua=mailto:a@b.test',
      true,
      { policy: 'none', dkim: 'strict', spf: 'strict', isReported: true },
    ],
    ['v=DMARC1; p=none; sp=quarantine', true, expect.objectContaining({ policy: 'none' })],
    ['v=DMARC1; p=none; sp=quarantine', false, expect.objectContaining({ policy: 'quarantine' })],
    ['v=DMARC1; p=perhaps; rua=mailto:a@b.test', true, expect.objectContaining({ policy: 'none' })],
    ['v=DMARC1; p=perhaps', true, '"p=perhaps" is no policy'],
    ['v=DMARC1', true, 'it has no "p="'],
    ['v=DMARC1; p=none; p=reject', true, '"p=" is there twice'],
  ])('%s', (record, isOwn, expected) => {
    expect(parseDmarc(record, isOwn)).toEqual(expected);
  });
});

describe('findDmarc', () => {
  test('finds the record of the domain, and of nobody above it then', async () => {
    const asked: string[] = [];
    const lookup = lookupIn(
      { '_dmarc.a.example.org': ['v=DMARC1; p=none'], '_dmarc.example.org': ['v=DMARC1; p=reject'] },
      asked,
    );
    expect(await findDmarc('a.example.org', lookup)).toMatchObject({
      kind: 'found',
      at: 'a.example.org',
      policy: { policy: 'none' },
    });
    expect(asked).toEqual(['_dmarc.a.example.org']);
  });

  test('walks up to the organisation, whose sp= counts', async () => {
    const lookup = lookupIn({ '_dmarc.example.org': ['v=DMARC1; p=none; sp=reject'] });
    expect(await findDmarc('a.b.example.org', lookup)).toMatchObject({
      kind: 'found',
      at: 'example.org',
      policy: { policy: 'reject' },
    });
  });

  test('asks about few of the names above a long one, and never about the top', async () => {
    const asked: string[] = [];
    expect(await findDmarc(`${'a.'.repeat(60)}example.org`, lookupIn({}, asked))).toEqual({
      kind: 'missing',
    });
    expect(asked).toHaveLength(7);
    expect(asked.at(-1)).toBe('_dmarc.example.org');
  });

  test.each([
    [
      { '_dmarc.example.org': 'fails' as const },
      { kind: 'failed', why: 'TXT of _dmarc.example.org: no reply' },
    ],
    [
      { '_dmarc.example.org': ['v=DMARC1; p=none', 'v=DMARC1; p=none'] },
      { kind: 'several', at: 'example.org' },
    ],
    [
      { '_dmarc.example.org': ['v=DMARC1; x=y'] },
      expect.objectContaining({ kind: 'broken', why: 'it has no "p="' }),
    ],
    [{ '_dmarc.example.org': ['something else'] }, { kind: 'missing' }],
  ])('%j', async (zone, expected) => {
    expect(await findDmarc('example.org', lookupIn(zone))).toEqual(expected);
  });
});
