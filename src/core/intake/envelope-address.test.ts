import { expect, test } from 'vitest';
import { makeDice } from '../../../test/support/dice.ts';
import { readEnvelopeAddress } from './envelope-address.ts';

test.each([
  ['a@b.test', 'a@b.test'],
  [' a@b.test\t', 'a@b.test'],
  ['user..name@b.test', '"user..name"@b.test'],
  ['user.@b.test', '"user."@b.test'],
  ['.user@b.test', '".user"@b.test'],
  ['"user..name"@b.test', '"user..name"@b.test'],
  ['Bob <a@b.test>', 'a@b.test'],
  ['"Bob <x@y.test>" <a@b.test>', 'a@b.test'],
  ['<a@b.test>', 'a@b.test'],
  ['a@b.test>', 'a@b.test'],
  ['a@b.test (comment (in it))', 'a@b.test'],
  ['(a)b@b.test', 'b@b.test'],
  ['a @ b . test', 'a@b.test'],
  ['@x.test:a@b.test', 'a@b.test'],
  ['@x.test,@y.test:a@b.test', 'a@b.test'],
  ['a%c.test@b.test', 'a%c.test@b.test'],
  ['a\\b@b.test', 'ab@b.test'],
  ['"a\\"b"@b.test', '"a\\"b"@b.test'],
  ['a@b@c.test', '"a@b"@c.test'],
  ['a:b@c.test', '"a:b"@c.test'],
  ['"a".b@c.test', 'a.b@c.test'],
])('readEnvelopeAddress(): %j', (path, address) => {
  expect(readEnvelopeAddress(path, 'origin.test')).toEqual({ address });
});

test.each([
  ['a@B.test', { address: 'a@b.test', written: 'a@B.test' }],
  ['a@b.test.', { address: 'a@b.test', original: 'a@b.test.' }],
  ['a..b@B.test.', { address: '"a..b"@b.test', written: '"a..b"@B.test', original: '"a..b"@B.test.' }],
  ['root', { address: 'root@origin.test', original: 'root' }],
  [' "Root" ', { address: 'Root@origin.test', original: 'Root' }],
  ['jürgen@münchen.test', { address: 'jürgen@xn--mnchen-3ya.test', written: 'jürgen@münchen.test' }],
])('readEnvelopeAddress(): of %j it is known what was written', (path, expected) => {
  expect(readEnvelopeAddress(path, 'origin.test')).toEqual(expected);
});

test.each(['a%c.test', 'c.test!a', 'jürgen', 'a\\b'])(
  'readEnvelopeAddress(): %j is not completed: nobody knows what it means',
  (path) => {
    expect(readEnvelopeAddress(path, 'origin.test')).toBe('unqualified');
  },
);

test('readEnvelopeAddress(): without an origin nothing is completed', () => {
  expect(readEnvelopeAddress('root', undefined)).toBe('unqualified');
});

test.each([
  '',
  'root@',
  '@b.test',
  '@',
  'a b@c.test',
  'a@b c.test',
  'a@b.test..',
  'a@b..test',
  'a@.b.test',
  'a@b.test, c@d.test',
  'a@b.test; c@d.test',
  '<a@b.test> c',
  'a<b>@c.test',
  'a"b@c.test',
  '"a@b.test',
  'a[b@c.test',
  '[x]@c.test',
  '(a@b.test',
  '"a b"@c.test',
  '"a>b"@c.test',
  'a\\ b@c.test',
  'a@[192.0.2.1] .',
  'a@192.0.2.1',
  `${'x'.repeat(253)}@b.test`,
])('readEnvelopeAddress(): %j is no address', (path) => {
  expect(readEnvelopeAddress(path, 'origin.test')).toBeUndefined();
});

test.each([
  ['"alice"@b.test', 'alice@b.test'],
  ['"al\\ice"@b.test', 'alice@b.test'],
  ['"a..b"@b.test', '"a..b"@b.test'],
  ['"a\\@b"@b.test', '"a@b"@b.test'],
  ['"a\\"b"@b.test', '"a\\"b"@b.test'],
])('readEnvelopeAddress(): one mailbox has one form: %s', (path, address) => {
  expect(readEnvelopeAddress(path, undefined)).toMatchObject({ address });
});

test('readEnvelopeAddress(): a plain address comes to the same as one that has to be taken apart', () => {
  const parts = [
    'a',
    'B',
    '.',
    '.',
    '@',
    '-',
    '_',
    '1',
    '192.0.2.1',
    'x'.repeat(63),
    'b.test',
    '{',
    '\\',
    '"',
  ];
  const dice = makeDice(14);
  let addresses = 0;
  for (let round = 0; round < 50_000; round += 1) {
    const side = (): string => Array.from({ length: 1 + dice.below(4) }, () => dice.pick(parts)).join('');
    const path = `${side()}@${side()}`;
    const found = readEnvelopeAddress(path, undefined);
    // What begins with a blank is never plain.
    expect(found, path).toEqual(readEnvelopeAddress(` ${path}`, undefined));
    if (found !== undefined) addresses += 1;
  }
  expect(addresses).toBeGreaterThan(2_000);
});
