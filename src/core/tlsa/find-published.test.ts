import { describe, expect, test } from 'vitest';
import type { Answer, Lookup } from '../dns/answer.ts';
import { findPublished } from './find-published.ts';

const record = (digit: string) => ({
  usage: 3,
  selector: 1,
  matching: 1,
  data: Buffer.from(digit.repeat(64), 'hex'),
});

/** Answers by `NAME TYPE`; everything else is denied. */
function dns(answers: Readonly<Record<string, Readonly<Record<string, unknown>>>>): Lookup {
  return async (name, type) => {
    const usual = { secure: true, name, aliases: [], ttl: 300 };
    const answer = answers[`${name} ${type}`] ?? { kind: 'absent', denial: 'NODATA' };
    return { ...usual, ...answer } as unknown as Answer<never>;
  };
}
const address = { kind: 'found', records: ['192.0.2.1'] } as const;
const owner = '_25._tcp.mx.test';

describe('findPublished()', () => {
  test('has the TTL of the zone, and the records in an order that does not change', async () => {
    const tlsa = { kind: 'found', records: [record('b'), record('a')], ttl: 20, originalTtl: 3600 } as const;
    const found = await findPublished('mx.test', 25, dns({ 'mx.test A': address, [`${owner} TLSA`]: tlsa }));
    expect(found).toEqual({
      kind: 'records',
      addresses: ['192.0.2.1'],
      baseDomain: 'mx.test',
      owner,
      records: [record('a'), record('b')],
      signed: true,
      ttl: 3600,
    });
  });

  test('finds records in an unsigned zone, of which delivery does not ask', async () => {
    const lookup = dns({
      'mx.test A': { ...address, secure: false },
      [`${owner} TLSA`]: { kind: 'found', records: [record('a')], secure: false },
    });
    expect(await findPublished('mx.test', 25, lookup)).toMatchObject({ kind: 'records', signed: false });
  });

  test('an answer without AD in a signed zone is not signed', async () => {
    const lookup = dns({
      'mx.test A': address,
      [`${owner} TLSA`]: { kind: 'found', records: [record('a')], secure: false },
    });
    expect(await findPublished('mx.test', 25, lookup)).toMatchObject({ kind: 'records', signed: false });
  });

  test('none', async () => {
    expect(await findPublished('mx.test', 25, dns({ 'mx.test AAAA': address }))).toMatchObject({
      kind: 'none',
      signed: true,
    });
    // A host that has no address yet.
    expect(await findPublished('mx.test', 25, dns({}))).toMatchObject({
      kind: 'none',
      signed: true,
      addresses: [],
    });
  });

  test.each([
    [
      'the addresses',
      { 'mx.test A': { kind: 'failed', detail: 'x' }, 'mx.test AAAA': { kind: 'failed', detail: 'x' } },
    ],
    [
      'the records',
      { 'mx.test A': address, [`${owner} TLSA`]: { kind: 'failed', cause: 'SERVFAIL', detail: 'x' } },
    ],
  ])('a failed lookup of %s is no denial', async (_, answers) => {
    expect(await findPublished('mx.test', 25, dns(answers))).toMatchObject({ kind: 'failed' });
  });

  test('records belong where the alias of the host leads (RFC 7672 §2.2.3)', async () => {
    const alias = { ...address, name: 'real.test', aliases: ['mx.test'] };
    expect(await findPublished('mx.test', 25, dns({ 'mx.test A': alias }))).toMatchObject({
      kind: 'none',
      owner: '_25._tcp.real.test',
    });
    const atHost = dns({ 'mx.test A': alias, [`${owner} TLSA`]: { kind: 'found', records: [record('a')] } });
    expect(await findPublished('mx.test', 25, atHost)).toMatchObject({ kind: 'records', owner });
  });
});
