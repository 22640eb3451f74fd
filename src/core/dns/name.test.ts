import { expect, test } from 'vitest';
import { isAtOrBelow, parseDomainName, parseOwnerName, substituteDname } from './name.ts';

const label63 = 'a'.repeat(63);
const name253 = `${label63}.${label63}.${label63}.${'b'.repeat(61)}`;

test.each([
  ['Example.ORG', 'example.org'],
  ['example.org.', 'example.org'],
  ['_25._tcp.mx.example.org', '_25._tcp.mx.example.org'],
  ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
  ['localhost', 'localhost'],
  ['0-1.4.2.in-addr.arpa', '0-1.4.2.in-addr.arpa'],
  [name253, name253],
  [`${name253}.`, name253],
])('parseDomainName(): %s is a name', (text, name) => {
  expect(parseDomainName(text)).toBe(name);
});

test.each([
  ['nothing', ''],
  ['the root', '.'],
  ['two final dots', 'example.org..'],
  ['an empty label', 'example..org'],
  ['a leading dot', '.example.org'],
  ['a blank', 'exam ple.org'],
  ['a line end', 'example.org\n'],
  ['a line end inside', 'example\r\n.org'],
  ['a NUL', 'example\0.org'],
  ['a leading hyphen', '-a.example.org'],
  ['a trailing hyphen', 'a-.example.org'],
  ['a wildcard', '*.example.org'],
  ['an address literal', '[192.0.2.1]'],
  ['a U-label', 'bücher.example'],
  ['a letter that is ASCII only in lower case', '\u212Aelvin.example'],
  ['a backslash', 'a\\.b.example'],
  ['a long label', `${'a'.repeat(64)}.example`],
  ['a long name', `a${name253}`],
])('parseDomainName(): refuses %s', (_, text) => {
  expect(parseDomainName(text)).toBeUndefined();
});

test('parseOwnerName(): the root is a name', () => {
  expect(parseOwnerName('.')).toBe('.');
  expect(parseOwnerName('NS.example.')).toBe('ns.example');
});

test('isAtOrBelow(): compares whole labels', () => {
  expect(isAtOrBelow('example.org', 'example.org')).toBe(true);
  expect(isAtOrBelow('mx.example.org', 'example.org')).toBe(true);
  expect(isAtOrBelow('badexample.org', 'example.org')).toBe(false);
  expect(isAtOrBelow('org', 'example.org')).toBe(false);
  expect(isAtOrBelow('org', '.')).toBe(true);
});

test.each([
  ['a name below', 'a.b.example.com', 'example.com', 'example.net', 'a.b.example.net'],
  ['not its own owner', 'example.com', 'example.com', 'example.net', undefined],
  ['not a neighbour', 'a.badexample.com', 'example.com', 'example.net', undefined],
  ['to the root', 'a.example', 'example', '.', 'a'],
  ['from the root', 'a.example', '.', 'net', 'a.example.net'],
  ['not into a name that is too long', `${'a'.repeat(10)}.example.com`, 'example.com', name253, undefined],
])('substituteDname(): %s', (_, name, owner, target, result) => {
  expect(substituteDname(name, owner, target)).toBe(result);
});
