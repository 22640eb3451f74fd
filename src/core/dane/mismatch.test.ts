import { expect, test } from 'vitest';
import { mismatch } from './mismatch.ts';

test('mismatch(): says it in the words of Postfix unless told better', () => {
  expect(mismatch('expired', 1)).toEqual({
    kind: 'mismatch',
    cause: 'expired',
    depth: 1,
    detail: 'certificate has expired',
  });
  expect(mismatch('no matching record', 0).detail).toBe('num=65:no matching DANE TLSA records');
  expect(mismatch('name mismatch', 0).detail).toBe('num=62:hostname mismatch');
  expect(mismatch('name constraint', 0, 'other').detail).toBe('other');
});
