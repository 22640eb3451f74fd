import { describe, expect, test } from 'vitest';
import { der } from '../../../test/support/der-writer.ts';
import {
  day,
  extension,
  makeAuthority,
  makeCertificate,
  now,
  pemOf,
  tlsaFor,
} from '../../../test/support/test-ca.ts';
import type { TestCertificate } from '../../../test/support/test-ca.ts';
import type { TlsaRecord } from '../dns/record.ts';
import { screen } from './tlsa.ts';
import { verifyDane } from './verify.ts';

const host = 'mx.example.test';
const root = makeAuthority('Root');
const intermediate = makeAuthority('Intermediate', {}, root);
const leaf = makeCertificate({ names: [host] }, intermediate);
const stranger = makeAuthority('Stranger');
const expired = { notBefore: now - 60 * day, notAfter: now - day };

/** `3 1 1 at 0`, or the cause of the mismatch. */
function verdictOn(chain: readonly TestCertificate[], records: readonly TlsaRecord[]): string {
  const verdict = verifyDane(
    chain.map((each) => each.der),
    records,
    [host, 'example.test'],
    now,
  );
  if (verdict.kind === 'mismatch') return verdict.cause;
  const { usage, selector, matching } = verdict.record;
  return `${usage} ${selector} ${matching} at ${verdict.depth}`;
}

describe('verifyDane(): holes that other DANE clients had', () => {
  const chainOf = (server: TestCertificate): TestCertificate[] => [server, intermediate, root];
  const anchor = [tlsaFor(root, '2 1 1')];

  test('a certificate of the same authority for somebody else’s name', () => {
    expect(verdictOn(chainOf(makeCertificate({ names: ['attacker.test'] }, intermediate)), anchor)).toBe(
      'name mismatch',
    );
  });

  test('a leaf that plays authority', () => {
    const bought = makeCertificate({ names: ['attacker.test'] }, intermediate);
    const forged = makeCertificate({ names: [host] }, bought);
    expect(verdictOn([forged, bought, intermediate, root], anchor)).toBe('invalid CA');
    const withConstraints = makeCertificate({ names: ['attacker.test'], ca: false }, intermediate);
    expect(
      verdictOn(
        [makeCertificate({ names: [host] }, withConstraints), withConstraints, intermediate, root],
        anchor,
      ),
    ).toBe('invalid CA');
  });

  test('a leaf that expired long ago', () => {
    expect(verdictOn(chainOf(makeCertificate({ names: [host], ...expired }, intermediate)), anchor)).toBe(
      'expired',
    );
  });

  test.each(['0 0 1', '0 1 1', '1 0 1', '1 1 1', '0 0 0', '1 1 0'])(
    'PKIX usage %s taken for its DANE sibling',
    (parameters) => {
      const records = [tlsaFor(leaf, parameters), tlsaFor(root, parameters)];
      expect(screen(records, 'owner').usable).toEqual([]);
      expect(verdictOn(chainOf(leaf), records)).toBe('no matching record');
    },
  );

  test.each([
    ['matching type 3 as Full(0)', { ...tlsaFor(leaf, '3 0 0'), matching: 3 }],
    ['selector 2 as Cert(0)', { ...tlsaFor(leaf, '3 0 0'), selector: 2 }],
    ['selector 2 as Cert(0) of the anchor', { ...tlsaFor(root, '2 0 0'), selector: 2 }],
  ])('%s', (_, record) => {
    expect(verdictOn(chainOf(leaf), [record])).toBe('no matching record');
  });

  test('no digest agility', () => {
    expect(verdictOn([leaf], [tlsaFor(stranger, '3 1 2'), tlsaFor(leaf, '3 1 1')])).toBe(
      'no matching record',
    );
  });

  test('2 0 0 refused because the anchor is not sent', () => {
    expect(verdictOn([leaf, intermediate], [tlsaFor(root, '2 0 0')])).toBe('2 0 0 at 2');
  });

  test('usage 2 taken for the leaf itself', () => {
    expect(verdictOn(chainOf(leaf), [tlsaFor(leaf, '2 1 1')])).toBe('no matching record');
    expect(verdictOn([leaf], [tlsaFor(leaf, '2 0 0')])).toBe('no matching record');
  });

  test('somebody else’s certificate as PEM text inside a forged one', () => {
    const trap = extension('1.3.6.1.4.1.99999.1', false, der(0x04, `\n${pemOf(leaf.der)}`));
    const forged = makeCertificate(
      { names: [host], extensions: [trap] },
      { ...intermediate, keys: stranger.keys },
    );
    expect(verdictOn(chainOf(forged), [tlsaFor(intermediate, '2 1 1')])).toBe('bad signature');
    expect(verdictOn(chainOf(forged), [tlsaFor(intermediate, '2 1 0')])).toBe('bad signature');
  });
});

describe('verifyDane(): bounded whatever is sent', () => {
  test('hundreds of authorities of one name', () => {
    const many = Array.from({ length: 300 }, () =>
      makeAuthority('Intermediate', {}, makeAuthority('Intermediate')),
    );
    const started = performance.now();
    expect(verdictOn([leaf, ...many, root], [tlsaFor(root, '2 1 1')])).toBe('no matching record');
    expect(verdictOn([leaf, ...many, intermediate, root], [tlsaFor(root, '2 1 1')])).toBe('2 1 1 at 2');
    expect(performance.now() - started).toBeLessThan(5000);
  });

  test('no more than 32 signatures are checked, so an authority behind so many of its name is not found', () => {
    const issuer = makeAuthority('Plain', { keyIds: false }, root);
    const server = makeCertificate({ names: [host], keyIds: false }, issuer);
    const impostors = Array.from({ length: 40 }, () => makeAuthority('Plain', { keyIds: false }));
    const anchor = [tlsaFor(root, '2 1 1')];
    expect(verdictOn([server, ...impostors.slice(0, 20), issuer, root], anchor)).toBe('2 1 1 at 2');
    expect(verdictOn([server, ...impostors, issuer, root], anchor)).toBe('no matching record');
  });

  test('thousands of records', () => {
    const records = Array.from({ length: 1800 }, (_, index) => ({
      ...tlsaFor(stranger, '2 1 1'),
      data: Buffer.alloc(32, index),
    }));
    const keys = Array.from({ length: 100 }, () => tlsaFor(stranger, '2 1 0'));
    const started = performance.now();
    expect(verdictOn([leaf, intermediate, root], [...records, ...keys, tlsaFor(stranger, '3 1 1')])).toBe(
      'no matching record',
    );
    expect(performance.now() - started).toBeLessThan(5000);
  });
});
