import { describe, expect, test } from 'vitest';
import { makeAuthority, makeCertificate, now, tlsaFor } from '../../../test/support/test-ca.ts';
import { isSameRecord } from '../dane/make-record.ts';
import type { TlsaRecord } from '../dns/record.ts';
import { compareRecords } from './compare.ts';
import { planRollover, type Rollover } from './rollover.ts';
import { fits, shownChain, shownKey, type Shown } from './shown.ts';

const host = 'mx.example.test';
const root = makeAuthority('Root');
const other = makeAuthority('Other');
const [old, next, third] = [0, 1, 2].map(() => makeCertificate({ names: [host] }, root)) as [
  Made,
  Made,
  Made,
];
const moved = makeCertificate({ names: [host] }, other);
const elsewhere = makeCertificate({ names: ['mx.other.test'] }, other);
/** RSA of 512 bits. */
const weakKey = Buffer.from(
  '305c300d06092a864886f70d0101010500034b003048024100c9a1e2f5a58a3d7f09c0ad7c3e3a9d47d1c7cd3f3aa2b6c9b6f8a6a1de8b1f5f7e8ae30d4b8a8f2e7fcbe17d6a4c8c3f9a81f56f0c2c0d1d9b0e6b3f6a2b1c750203010001',
  'hex',
);
type Made = ReturnType<typeof makeCertificate>;
const show = (made: Made, above: Made = root): Shown => shownChain([made.der, above.der]);
const of = (made: Made, ...kinds: readonly string[]): readonly TlsaRecord[] =>
  kinds.map((kind) => tlsaFor(made, kind));
const plan = (published: readonly TlsaRecord[], from = show(old), to = show(next)): Rollover =>
  planRollover({ host, published, old: from, next: to, nowMs: now });
const records = (made: readonly { readonly record: TlsaRecord }[]) => made.map(({ record }) => record);

describe('planRollover()', () => {
  test('publishes the same kinds of the next key (RFC 7671 §8.4), and removes those of the old one', () => {
    const found = plan(of(old, '3 1 1', '3 1 2'));
    if (found.kind !== 'steps') throw new Error(found.kind);
    expect(records(found.add)).toEqual(of(next, '3 1 1', '3 1 2'));
    expect(found.remove).toEqual(of(old, '3 1 1', '3 1 2'));
  });

  test('each state is one in which senders take the server', () => {
    const published = [...of(old, '3 1 1', '3 0 2'), ...of(third, '3 1 1')];
    const found = plan(published);
    if (found.kind !== 'steps') throw new Error(found.kind);
    const both = [...published, ...records(found.add)];
    const after = both.filter((record) => !found.remove.some((gone) => isSameRecord(gone, record)));
    expect(fits(show(old), both, host, now)).toBe('matches');
    expect(fits(show(next), both, host, now)).toBe('matches');
    expect(fits(show(next), after, host, now)).toBe('matches');
    // What belongs to neither is left for its owner to judge.
    expect(after).toContainEqual(tlsaFor(third, '3 1 1'));
  });

  test('has nothing to add once both are published', () => {
    const found = plan([...of(old, '3 1 1'), ...of(next, '3 1 1')]);
    expect(found).toEqual({ kind: 'steps', add: [], remove: of(old, '3 1 1') });
  });

  test('changes nothing where an authority or a key stays', () => {
    expect(plan(of(root, '2 1 1'))).toEqual({ kind: 'nothing to change' });
    const renewed = makeCertificate({ names: [host], keys: old.keys }, root);
    expect(plan(of(old, '3 1 1'), show(old), show(renewed))).toEqual({ kind: 'nothing to change' });
    expect(plan(of(old, '3 0 1'), show(old), show(renewed)).kind).toBe('steps');
  });

  test('moves to another authority', () => {
    const found = plan(of(root, '2 1 1'), show(old), show(moved, other));
    if (found.kind !== 'steps') throw new Error(found.kind);
    expect(records(found.add)).toEqual(of(other, '2 1 1'));
    expect(found.remove).toEqual(of(root, '2 1 1'));
  });

  test('goes by a key of which there is no certificate yet', () => {
    const found = plan(of(old, '3 1 1'), show(old), shownKey(next.spki));
    expect(found).toMatchObject({ kind: 'steps', remove: of(old, '3 1 1') });
  });

  test.each<[string, readonly TlsaRecord[], Shown]>([
    ['records of a certificate, and a key alone', of(old, '3 0 1'), shownKey(next.spki)],
    ['records of an authority, and a key alone', of(root, '2 1 1'), shownKey(next.spki)],
    ['a key so weak that senders refuse it', of(old, '3 1 1'), shownKey(weakKey)],
    [
      'an authority, and a name that it asks for and that is not there',
      of(root, '2 1 1'),
      show(elsewhere, other),
    ],
    ['an authority that the next chain has none of', of(root, '2 1 1'), shownChain([next.der])],
  ])('says unknown: %s', (_, published, to) => {
    expect(plan(published, show(old), to).kind).toBe('unknown');
  });

  test('sees what is already wrong', () => {
    expect(plan(of(third, '3 1 1')).kind).toBe('broken');
    expect(plan(of(next, '3 1 1')).kind).toBe('already over');
    // The weaker digest of the old key counts for nobody.
    expect(plan([...of(old, '3 1 1'), ...of(third, '3 1 2')]).kind).toBe('broken');
  });

  test('nothing usable is nothing to wait for', () => {
    const found = plan(of(old, '1 1 1'));
    expect(found.kind).toBe('unpublished');
    expect('add' in found && records(found.add)).toEqual(of(next, '3 1 1'));
  });
});

describe('compareRecords()', () => {
  const compare = (published: readonly TlsaRecord[], shown = show(old)) =>
    compareRecords(published, [{ from: 'here', shown }], host, now);

  test('asks for each kind that is published, and for none that is there', () => {
    const found = compare(of(third, '3 1 1', '3 0 1'));
    expect(records(found.missing)).toEqual(of(old, '3 1 1', '3 0 1'));
    expect(compare(of(old, '3 1 1')).missing).toEqual([]);
  });

  test('counts what it does not compare one by one', () => {
    const many = Array.from({ length: 100 }, (_, index) => ({
      ...tlsaFor(third, '3 1 1'),
      data: Buffer.alloc(32, index),
    }));
    expect(compare(many)).toMatchObject({ leftOut: 36 });
  });

  test('of a key alone, only records of keys can be judged', () => {
    const found = compare([...of(old, '3 0 1'), ...of(third, '3 1 1')], shownKey(old.spki));
    expect(found.fits).toEqual([{ from: 'here', fit: 'unknown' }]);
    expect(found.published.map(({ state }) => state)).toEqual(['unknown', 'does not match']);
    expect(found.missing).toEqual([]);
  });
});
