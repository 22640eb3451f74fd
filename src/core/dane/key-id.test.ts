import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { bitString, der, sequence } from '../../../test/support/der-writer.ts';
import { makeAuthority } from '../../../test/support/test-ca.ts';
import { keyIdOf } from './key-id.ts';

test('keyIdOf(): SHA-1 of the key without what says of which kind it is, RFC 5280 §4.2.1.2', () => {
  const key = Buffer.from('key');
  const digest = createHash('sha1').update(key).digest('hex');
  expect(keyIdOf(sequence(sequence(), bitString(key)))).toBe(digest);
  expect(keyIdOf(makeAuthority('CA').spki)).toMatch(/^[0-9a-f]{40}$/);
});

test('keyIdOf(): what is no key has none', () => {
  for (const none of [
    Buffer.alloc(0),
    Buffer.from('x'),
    sequence(sequence()),
    sequence(sequence(), der(0x04, 'x')),
  ]) {
    expect(keyIdOf(none)).toBeUndefined();
  }
});
