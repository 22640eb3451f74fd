import { describe, expect, test } from 'vitest';
import type { EntryContext } from './policy-entry.ts';
import { lookupPolicy, parsePolicyMap } from './policy-map.ts';

const context: EntryContext = {
  fingerprints: { digest: 'sha256', values: [] },
  readFile: () => ({ problem: 'no such file' }),
};
const parse = (text: string) => parsePolicyMap(text, 'tls_policy', context);

describe('parsePolicyMap()', () => {
  test.each(['none', 'may', 'encrypt', 'dane', 'dane-only', 'verify', 'secure'])('knows %s', (level) => {
    const { entries, problems } = parse(`example.org ${level}\n`);
    expect([...entries]).toEqual([['example.org', { kind: 'level', level }]]);
    expect(problems).toEqual([]);
  });

  test.each([
    ['tabs', 'example.org\t\tdane'],
    ['no end of line', 'example.org dane'],
    ['Windows line ends', 'example.org dane\r\n'],
    ['capital letters', 'Example.ORG DANE'],
    ['white space at the end', 'example.org dane  \t'],
    ['a comma at the end', 'example.org dane,'],
    ['comments and empty lines around', '\n# comment\n  # another\n\nexample.org dane\n\n'],
    ['a level on the next line', 'example.org\n  dane'],
    ['a comment and an empty line inside the entry', 'example.org\n# comment\n\n   \n\tdane'],
  ])('reads an entry with %s', (_, text) => {
    const { entries, problems } = parse(text);
    expect([...entries]).toEqual([['example.org', { kind: 'level', level: 'dane' }]]);
    expect(problems).toEqual([]);
  });

  test('reads an empty map', () => {
    expect(parse('')).toEqual({ entries: new Map(), origins: new Map(), problems: [] });
  });

  test.each([
    ['an unknown level', 'a.test bogus', 'invalid security level "bogus"'],
    ['an unknown attribute', 'a.test dane cipher=high', 'invalid attribute name: "cipher"'],
    ['an attribute after a comma', 'a.test encrypt,protocols=TLSv9', 'invalid TLS protocol list "TLSv9"'],
    [
      'a comment after the level',
      'a.test dane # bank',
      `malformed attribute/value pair "#": missing '=' after attribute name`,
    ],
    [
      'a brace that nothing closes',
      'a.test dane { ciphers = high',
      `malformed attribute/value pair "{ ciphers = high": missing '}'`,
    ],
    ['no level', 'a.test', 'invalid empty policy'],
    ['only a comma', 'a.test ,', 'invalid empty policy'],
    ['a wrong separator', 'a.test:dane', 'invalid empty policy'],
  ])('%s makes its own destination invalid, and that alone', (_, line, reason) => {
    const { entries, problems } = parse(`first.test dane\n\n${line}\nlast.test may\n`);
    const [key = ''] = line.split(' ');
    expect([...entries]).toEqual([
      ['first.test', { kind: 'level', level: 'dane' }],
      [key, { kind: 'invalid', reason }],
      ['last.test', { kind: 'level', level: 'may' }],
    ]);
    expect(problems).toEqual([`tls_policy:3: next-hop destination "${key}": ${reason}`]);
  });

  test('reads a value in braces that goes on from line to line', () => {
    const { entries, problems } = parse('a.test encrypt { exclude =\n  RC4,\n  AES128-SHA }\nb.test may\n');
    expect([...entries]).toEqual([
      ['a.test', { kind: 'level', level: 'encrypt', exclude: ['RC4', 'AES128-SHA'] }],
      ['b.test', { kind: 'level', level: 'may' }],
    ]);
    expect(problems).toEqual([]);
  });

  test.each([
    ['Bücher.example', 'xn--bcher-kva.example'],
    ['.bücher.example', '.xn--bcher-kva.example'],
    ['example.org.', 'example.org'],
    ['Mail_1.Example.ORG', 'mail_1.example.org'],
    ['[Mail.Example.org]:587', '[mail.example.org]:587'],
    ['Example.org:587', 'example.org:587'],
    ['[example.org.]:587', '[example.org]:587'],
    ['[example.org.]', '[example.org]'],
    ['example.org.:587', 'example.org:587'],
    ['[192.0.2.1]', '[192.0.2.1]'],
    ['[IPv6:2001:DB8:0::1]', '[ipv6:2001:db8::1]'],
    ['[2001:db8::1]:587', '[2001:db8::1]:587'],
  ])('%s is the key of a next hop', (key, name) => {
    expect(parse(`${key} dane-only\n`)).toEqual({
      entries: new Map([[name, { kind: 'level', level: 'dane-only' }]]),
      origins: new Map([[name, { line: 1, key }]]),
      problems: [],
    });
  });

  test.each([
    '*.example.org',
    '*',
    '.',
    'a..example',
    'example.org/smtp',
    '[example.org',
    'a.test:0',
    '192.0.2.1',
  ])('%s is the key of no next hop, which the operator is told', (key) => {
    const { entries, problems } = parse(`${key} dane-only\nb.test may\n`);
    expect([...entries.keys()]).toEqual([key, 'b.test']);
    expect(problems).toEqual([`tls_policy:1: next-hop destination "${key}": no next hop is called so`]);
  });

  test('a name in letters and the same in A-labels are one key', () => {
    const { entries, problems } = parse('xn--bcher-kva.example dane-only\nbücher.example may\n');
    expect(entries.get('xn--bcher-kva.example')).toEqual({ kind: 'level', level: 'dane-only' });
    expect(problems).toEqual([
      'tls_policy:2: next-hop destination "bücher.example": duplicate entry, the first one counts',
    ]);
  });

  test('attributes without TLS make no difference', () => {
    const { entries, problems } = parse('a.test none ciphers=high');
    expect(entries.get('a.test')).toEqual({ kind: 'level', level: 'none' });
    expect(problems).toEqual([
      'tls_policy:1: next-hop destination "a.test": ignoring attribute "ciphers=high" with TLS disabled',
    ]);
  });

  test('what cannot be tried out is told, and the entry counts', () => {
    const { entries, problems } = parse('a.test dane what_if=sometimes');
    expect(entries.get('a.test')).toMatchObject({ kind: 'level', level: 'dane' });
    expect(problems).toEqual([
      'tls_policy:1: next-hop destination "a.test": what_if is not tried out: invalid security level "sometimes"',
    ]);
  });

  test('of two entries the first counts, as with postmap', () => {
    const { entries, problems } = parse('a.test dane-only\nA.test may\n');
    expect(entries.get('a.test')).toEqual({ kind: 'level', level: 'dane-only' });
    expect(problems).toEqual([
      'tls_policy:2: next-hop destination "A.test": duplicate entry, the first one counts',
    ]);
  });

  test('a first line that goes on from nothing makes its destination invalid', () => {
    const { entries, problems } = parse('  a.test dane\nb.test may\n');
    const reason = 'nothing before it that it could continue';
    expect([...entries]).toEqual([
      ['a.test', { kind: 'invalid', reason }],
      ['b.test', { kind: 'level', level: 'may' }],
    ]);
    expect(problems).toEqual([`tls_policy:1: next-hop destination "a.test": ${reason}`]);
  });
});

describe('lookupPolicy()', () => {
  const map = parse(`
example.org            dane-only
.example.org           dane
.sub.example.org       encrypt
.net                   may
[mx.example.net]       none
[mx.example.net]:2525  encrypt
example.com:587        dane
.example.com:587       dane
[192.0.2.1]            encrypt
bad.example            bogus
.bad.example           bogus
`);

  test.each([
    ['example.org', 'dane-only'],
    ['EXAMPLE.org', 'dane-only'],
    ['a.example.org', 'dane'],
    ['a.b.example.org', 'dane'],
    ['sub.example.org', 'dane'],
    ['a.sub.example.org', 'encrypt'],
    ['anotherexample.org', undefined],
    ['anything.net', 'may'],
    ['mx.example.net', 'may'],
    ['net', undefined],
    ['[mx.example.net]', 'none'],
    ['[mx.example.net]:2525', 'encrypt'],
    ['[other.example.net]', undefined],
    ['mx.example.net:25', undefined],
    ['example.com:587', 'dane'],
    ['example.com', undefined],
    ['a.example.com:587', undefined],
    ['example.org.', 'dane-only'],
    ['a.example.org.', 'dane'],
    ['[mx.example.net.]:2525', 'encrypt'],
    ['example.com.:587', 'dane'],
    ['Example.com:587', 'dane'],
    ['[192.0.2.1]', 'encrypt'],
    ['192.0.2.1', undefined],
    ['', undefined],
  ])('%s: %s', (nextHop, level) => {
    const entry = lookupPolicy(map, nextHop);
    expect(entry).toEqual(level === undefined ? undefined : { kind: 'level', level });
  });

  test.each(['bad.example', 'very.bad.example'])('%s is invalid', (nextHop) => {
    expect(lookupPolicy(map, nextHop)).toEqual({ kind: 'invalid', reason: 'invalid security level "bogus"' });
  });
});
