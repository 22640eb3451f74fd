import { expect, test } from 'vitest';
import {
  isAtOrBelow,
  isHostName,
  labelText,
  parseDomainName,
  parseOwnerName,
  substituteDname,
  wireName,
} from './name.ts';

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

test.each([
  ['letters, in lower case', 'MX-1_a', 'mx-1_a'],
  ['what shows by itself', '*/:', '*/:'],
  ['a dot', 'a.b', 'a\\046b'],
  ['a backslash', 'a\\b', 'a\\092b'],
  [
    'what means something in a line of the log',
    ' <>,="()\n\x1b',
    '\\032\\060\\062\\044\\061\\034\\040\\041\\010\\027',
  ],
  ['no octets', '', ''],
])('labelText(): %s', (_, label, text) => {
  expect(labelText(Buffer.from(label, 'latin1'))).toBe(text);
});

test('labelText(): octets outside ASCII have no case', () => {
  expect(labelText(Uint8Array.of(0, 0xc0, 0xe0, 0xff))).toBe('\\000\\192\\224\\255');
});

test('labelText(), parseOwnerName(), wireName(): every octet has one text, and every text its octets', () => {
  const texts = new Set<string>();
  for (let octet = 0; octet < 256; octet += 1) {
    const text = labelText(Uint8Array.of(octet));
    texts.add(text);
    expect(text).toMatch(/^[!-~]+$/);
    expect(parseOwnerName(`${text}.test`)).toBe(`${text}.test`);
    const lower = octet >= 65 && octet <= 90 ? octet + 32 : octet;
    expect([...wireName(text)]).toEqual([1, lower, 0]);
    const escaped = `\\${String(octet).padStart(3, '0')}`;
    expect(parseOwnerName(escaped)).toBe(text);
  }
  expect(texts.size).toBe(256 - 26);
});

test.each([
  ['the root', '.', '00'],
  ['labels', 'mx.example', '026d78076578616d706c6500'],
  ['octets', 'a\\046b.\\200', '03612e6201c800'],
])('wireName(): %s', (_, name, hex) => {
  expect(Buffer.from(wireName(name)).toString('hex')).toBe(hex);
});

const odd63 = '\\200'.repeat(63);
test.each([
  ['a wildcard', '*._dane.example', '*._dane.example'],
  ['63 octets of a label', `${odd63}.example.`, `${odd63}.example`],
  ['255 octets of a name', `${odd63}.${odd63}.${odd63}.${'\\200'.repeat(61)}`, expect.any(String)],
  ['64 octets of a label', `${odd63}\\200.example`, undefined],
  ['256 octets of a name', `${odd63}.${odd63}.${odd63}.${'\\200'.repeat(62)}`, undefined],
  ['no octet', 'a\\256.example', undefined],
  ['half an octet', 'a\\25', undefined],
  ['an escaped dot', 'a\\.b', undefined],
  ['a blank', 'a b', undefined],
  ['a letter outside ASCII', 'b\u00fccher.example', undefined],
  ['a letter that is ASCII only in lower case', '\u212Aelvin.example', undefined],
  ['an empty label', 'a..b', undefined],
  ['nothing', '', undefined],
])('parseOwnerName(): %s', (_, text, name) => {
  expect(parseOwnerName(text)).toEqual(name);
});

test.each([
  ['mx.example.org', true],
  ['_smtp.mx-1.example', true],
  ['localhost', true],
  ['1.example', true],
  ['127.0.0.01', false],
  ['0x7f.1', false],
  ['2130706433', false],
  ['*.example', false],
  ['a\\032b.example', false],
  ['a/b.example', false],
  ['-a.example', false],
  ['Mx.example', false],
  ['mx.example.', false],
  ['.', false],
  ['', false],
])('isHostName(): %s', (name, expected) => {
  expect(isHostName(name)).toBe(expected);
});

test('isAtOrBelow(): compares whole labels', () => {
  expect(isAtOrBelow('example.org', 'example.org')).toBe(true);
  expect(isAtOrBelow('mx.example.org', 'example.org')).toBe(true);
  expect(isAtOrBelow('badexample.org', 'example.org')).toBe(false);
  expect(isAtOrBelow('org', 'example.org')).toBe(false);
  expect(isAtOrBelow('org', '.')).toBe(true);
  expect(isAtOrBelow('a\\046example.org', 'example.org')).toBe(false);
});

test.each([
  ['a name below', 'a.b.example.com', 'example.com', 'example.net', 'a.b.example.net'],
  ['not its own owner', 'example.com', 'example.com', 'example.net', undefined],
  ['not a neighbour', 'a.badexample.com', 'example.com', 'example.net', undefined],
  ['whatever the octets', 'a\\046.*.example.com', 'example.com', '\\200.net', 'a\\046.*.\\200.net'],
  ['not into one of too many octets', `${'\\200'.repeat(60)}.example.com`, 'example.com', name253, undefined],
  ['to the root', 'a.example', 'example', '.', 'a'],
  ['from the root', 'a.example', '.', 'net', 'a.example.net'],
  ['not into a name that is too long', `${'a'.repeat(10)}.example.com`, 'example.com', name253, undefined],
])('substituteDname(): %s', (_, name, owner, target, result) => {
  expect(substituteDname(name, owner, target)).toBe(result);
});

test.each(['a', 'mx.example.org', '_25._tcp.mx-1.example.org', name253, `${label63}.b`])(
  'a name without escapes is read, written and shown like any other: %s',
  (name) => {
    // Each letter as an octet.
    const escaped = name.replaceAll(/[^.]/g, (one) => `\\${String(one.charCodeAt(0)).padStart(3, '0')}`);
    expect(parseOwnerName(name)).toBe(parseOwnerName(escaped.length <= 1020 ? escaped : name));
    expect(Buffer.from(wireName(name))).toEqual(Buffer.from(wireName(escaped)));
    expect(labelText(Buffer.from(name.split('.')[0] ?? ''))).toBe(name.split('.')[0]);
  },
);

test('parseOwnerName(): a plain name that is too long, or has too long a label, is refused as any other', () => {
  expect(parseOwnerName(`a.${name253}`)).toBeUndefined();
  expect(parseOwnerName(`${'a'.repeat(64)}.example`)).toBeUndefined();
  expect(parseOwnerName('a..example')).toBeUndefined();
  expect(parseOwnerName('example\n')).toBeUndefined();
});
