import { expect, test } from 'vitest';
import { parseSelector, parseSigningDomain } from './key-names.ts';

test.each([
  ['2026', '2026'],
  ['S-1._a', 's-1._a'],
  ['', undefined],
  ['-a', undefined],
  ['a..b', undefined],
  ['../x', undefined],
  ['a'.repeat(64), undefined],
  ['a.'.repeat(120), undefined],
])('selector %j', (text, expected) => {
  expect(parseSelector(text)).toBe(expected);
});

test.each([
  ['Example.ORG.', 'example.org'],
  ['m\u00fcller.example', 'xn--mller-kva.example'],
  ['localhost', undefined],
  ['a/b.test', undefined],
  ['..', undefined],
])('domain %j', (text, expected) => {
  expect(parseSigningDomain(text)).toBe(expected);
});
