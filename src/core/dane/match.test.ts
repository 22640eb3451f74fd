import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { makeCertificate } from '../../../test/support/test-ca.ts';
import { associationsOf, matches } from './match.ts';

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

describe('matches(): RFC 6698 §2.1', () => {
  test.each(rows)('x %s is the certificate it was made of', (_, selector, matching, data) => {
    expect(matches({ usage: 3, selector, matching, data }, associationsOf(der))).toBe(true);
  });

  test.each(rows)('x %s is no other certificate', (_, selector, matching, data) => {
    expect(matches({ usage: 3, selector, matching, data }, associationsOf(other.der))).toBe(false);
  });

  test.each(rows)('x %s with one bit changed does not match', (_, selector, matching, data) => {
    const changed = Buffer.from(data);
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
    expect(matches({ usage: 3, selector, matching, data: changed }, associationsOf(der))).toBe(false);
  });

  test.each(rows)('x %s cut short or made longer does not match', (_, selector, matching, data) => {
    const record = { usage: 3, selector, matching };
    expect(matches({ ...record, data: data.subarray(0, -1) }, associationsOf(der))).toBe(false);
    expect(matches({ ...record, data: Buffer.concat([data, Buffer.from([0])]) }, associationsOf(der))).toBe(
      false,
    );
  });

  test.each([
    ['an unknown matching type is not Full(0)', 0, 3, der],
    ['an unknown selector is not Cert(0)', 2, 0, der],
    ['an unknown selector with a digest', 2, 1, digest('sha256', der)],
  ])('%s', (_, selector, matching, data) => {
    expect(matches({ usage: 3, selector, matching, data }, associationsOf(der))).toBe(false);
  });

  test('what is no certificate has no key, and is itself all the same', () => {
    const garbage = Buffer.from('garbage');
    const record = { usage: 3, matching: 1, data: digest('sha256', garbage) };
    expect(matches({ ...record, selector: 0 }, associationsOf(garbage))).toBe(true);
    expect(matches({ ...record, selector: 1 }, associationsOf(garbage))).toBe(false);
    expect(
      matches({ usage: 3, selector: 0, matching: 0, data: Buffer.alloc(0) }, associationsOf(Buffer.alloc(0))),
    ).toBe(false);
  });
});

test('associationsOf(): works once for each kind of association', () => {
  const shared = associationsOf(der);
  for (const [, selector, matching, data] of rows)
    expect(Buffer.from(shared(selector, matching) ?? '')).toEqual(data);
  const associations = associationsOf(der);
  expect(associations(1, 1)).toBe(associations(1, 1));
  expect(associations(1, 1)).not.toEqual(associations(0, 1));
});
