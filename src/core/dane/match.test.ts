import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { makeCertificate } from '../../../test/support/test-ca.ts';
import type { TlsaRecord } from '../dns/record.ts';
import { budgetOf } from './budget.ts';
import { depthFinder, recordFinder } from './match.ts';

const { der, spki } = makeCertificate({ names: ['mx.example.test'] });
const other = makeCertificate({ names: ['mx.example.test'] });
const digest = (algorithm: string, data: Uint8Array): Buffer => createHash(algorithm).update(data).digest();

const rows = [
  ['0 0', 0, 0, der],
  ['0 1', 0, 1, digest('sha256', der)],
  ['0 2', 0, 2, digest('sha512', der)],
  ['1 0', 1, 0, spki],
  ['1 1', 1, 1, digest('sha256', spki)],
  ['1 2', 1, 2, digest('sha512', spki)],
] as const;

const matches = (record: TlsaRecord, certificate: Uint8Array): boolean =>
  recordFinder([record], budgetOf())(certificate) === record;

describe('recordFinder(): RFC 6698 §2.1', () => {
  test.each(rows)('x %s is the certificate it was made of', (_, selector, matching, data) => {
    expect(matches({ usage: 3, selector, matching, data }, der)).toBe(true);
  });

  test.each(rows)('x %s is no other certificate', (_, selector, matching, data) => {
    expect(matches({ usage: 3, selector, matching, data }, other.der)).toBe(false);
  });

  test.each(rows)('x %s with one bit changed does not match', (_, selector, matching, data) => {
    const changed = Buffer.from(data);
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
    expect(matches({ usage: 3, selector, matching, data: changed }, der)).toBe(false);
  });

  test.each(rows)('x %s cut short or made longer does not match', (_, selector, matching, data) => {
    const record = { usage: 3, selector, matching };
    expect(matches({ ...record, data: data.subarray(0, -1) }, der)).toBe(false);
    expect(matches({ ...record, data: Buffer.concat([data, Buffer.from([0])]) }, der)).toBe(false);
  });

  test.each([
    ['an unknown matching type is not Full(0)', 0, 3, der],
    ['an unknown selector is not Cert(0)', 2, 0, der],
    ['an unknown selector with a digest', 2, 1, digest('sha256', der)],
  ])('%s', (_, selector, matching, data) => {
    expect(matches({ usage: 3, selector, matching, data }, der)).toBe(false);
  });

  test('what is no certificate has no key, and is itself all the same', () => {
    const garbage = Buffer.from('garbage');
    const record = { usage: 3, matching: 1, data: digest('sha256', garbage) };
    expect(matches({ ...record, selector: 0 }, garbage)).toBe(true);
    expect(matches({ ...record, selector: 1 }, garbage)).toBe(false);
    expect(matches({ usage: 3, selector: 0, matching: 0, data: Buffer.alloc(0) }, Buffer.alloc(0))).toBe(
      false,
    );
  });
});

describe('recordFinder()', () => {
  const good = rows.map(([, selector, matching, data]) => ({ usage: 2, selector, matching, data }));
  const bad = good.map((record) => ({ ...record, data: digest('sha256', Buffer.from('x')) }));

  test('the first record that matches, whatever its kind, and the first of two that are the same', () => {
    for (const [place, record] of good.entries()) {
      const records = [...bad, record, ...good.toSpliced(place, 1), { ...record }];
      expect(recordFinder(records, budgetOf())(der)).toBe(record);
    }
    expect(recordFinder(bad, budgetOf())(der)).toBeUndefined();
    expect(recordFinder([], budgetOf())(der)).toBeUndefined();
  });

  test('a certificate is hashed once for each selector and matching type, however many records there are', () => {
    const paid = (records: readonly TlsaRecord[]): number => {
      const budget = budgetOf();
      recordFinder(records, budget)(der);
      return budget.paid();
    };
    const many = Array.from({ length: 2000 }, (_, index) => ({
      usage: index % 256,
      selector: index % 7,
      matching: index % 11,
      data: Buffer.alloc(32, index),
    }));
    expect(paid(many)).toBe(paid(good));
    expect(paid(many)).toBeLessThan(100);
    expect(paid([])).toBe(0);
  });

  test('what cannot be paid for matches nothing', () => {
    const budget = budgetOf(2);
    expect(recordFinder(good, budget)(der)).toBeUndefined();
    expect(budget.isSpent()).toBe(true);
  });
});

describe('depthFinder()', () => {
  const find = (...chain: readonly Uint8Array[]) => depthFinder(chain, budgetOf());

  test.each(rows)('x %s is found wherever its certificate is', (_, selector, matching, data) => {
    const record = { usage: 3, selector, matching, data };
    expect(find(der, other.der, der)(record)).toEqual([0, 2]);
    expect(find(other.der)(record)).toEqual([]);
  });

  test('nothing has an unknown selector or matching type, or no data', () => {
    for (const [selector, matching, data] of [
      [0, 3, der],
      [2, 0, der],
      [0, 0, Buffer.alloc(0)],
    ] as const)
      expect(find(der, Buffer.alloc(0))({ usage: 3, selector, matching, data })).toEqual([]);
  });

  test('a certificate is hashed once for all records of a kind', () => {
    const paid = (count: number): number => {
      const budget = budgetOf();
      const depthsOf = depthFinder([der, other.der], budget);
      for (let nth = 0; nth < count; nth += 1)
        depthsOf({ usage: 3, selector: 1, matching: 1, data: digest('sha256', Buffer.from([nth])) });
      return budget.paid();
    };
    expect(paid(1)).toBeGreaterThan(0);
    expect(paid(200)).toBe(paid(1));
  });

  test('none is found that could not be paid for', () => {
    const record = { usage: 3, selector: 0, matching: 0, data: der };
    expect(depthFinder([der], budgetOf(1))(record)).toEqual([]);
  });
});
