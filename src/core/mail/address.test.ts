import { describe, expect, test } from 'vitest';
import {
  addressLiteral,
  domainOf,
  hostOf,
  isAscii,
  parseAddressLiteral,
  parseMailbox,
  postmasterOf,
  printMailbox,
  toALabels,
} from './address.ts';

describe('parseMailbox()', () => {
  test.each([
    ['a plain mailbox', 'user@example.org', 'user@example.org'],
    ['the domain in lower case, the local part untouched', 'User@Example.ORG', 'User@example.org'],
    ['every atext character', "!#$%&'*+-/=?^_`{|}~@a.example", "!#$%&'*+-/=?^_`{|}~@a.example"],
    ['dots between atoms', 'a.b.c@a.example', 'a.b.c@a.example'],
    ['a quoted local part', '"a@b..c"@a.example', '"a@b..c"@a.example'],
    ['a quoted pair', '"a\\"b"@a.example', '"a\\"b"@a.example'],
    ['a single label domain', 'user@localhost', 'user@localhost'],
    ['ZWNJ and ZWJ in the local part', 'a\u200Cb\u200Dc@a.example', 'a\u200Cb\u200Dc@a.example'],
    ['an underscore in the domain', 'user@my_host.example', 'user@my_host.example'],
    ['an IPv4 literal', 'user@[192.0.2.1]', 'user@[192.0.2.1]'],
    ['an IPv6 literal', 'user@[IPV6:2001:DB8:0::1]', 'user@[IPv6:2001:db8::1]'],
    ['a U-label domain as A-labels', 'user@münchen.example', 'user@xn--mnchen-3ya.example'],
    ['an A-label domain as it is', 'user@xn--mnchen-3ya.example', 'user@xn--mnchen-3ya.example'],
    ['a UTF-8 local part', 'jürgen@a.example', 'jürgen@a.example'],
    ['200 octets of local part', `${'l'.repeat(200)}@a.example`, `${'l'.repeat(200)}@a.example`],
  ])('reads %s', (_, text, printed) => {
    const mailbox = parseMailbox(text);
    expect(mailbox && printMailbox(mailbox)).toBe(printed);
  });

  test.each([
    ['nothing', ''],
    ['no domain', 'user'],
    ['an empty domain', 'user@'],
    ['an empty local part', '@a.example'],
    ['a leading dot', '.user@a.example'],
    ['two dots', 'us..er@a.example'],
    ['an unquoted @', 'a@b@c.example'],
    ['a space', 'us er@a.example'],
    ['a quoted space', '"us er"@a.example'],
    ['a quoted angle bracket', '"a>b"@a.example'],
    ['an escaped angle bracket', '"a\\>b"@a.example'],
    ['an open quote', '"user@a.example'],
    ['a quote that ends early', '"a"b"@a.example'],
    ['a line break', 'user\r\n@a.example'],
    ['half a surrogate', 'us\uD800er@a.example'],
    ['a number-like domain', 'user@127.0.0.01'],
    ['a number-like literal', 'user@[127.0.0.01]'],
    ['NUL', 'us\0er@a.example'],
    ['DEL', 'us\x7Fer@a.example'],
    ['a C1 control', 'us\x85er@a.example'],
    ['a zero width space', 'us\u200Ber@a.example'],
    ['a direction override', 'us\u202Eer@a.example'],
    ['a no-break space', 'us\u00A0er@a.example'],
    ['bytes that were no UTF-8', 'us\uFFFDer@a.example'],
    ['parameters after the domain', 'user@a.example SIZE=1'],
    ['a path', '<user@a.example>'],
    ['252 octets of UTF-8 local part', `${'ü'.repeat(126)}@a.example`],
    ['255 octets in all', `${'l'.repeat(64)}@${'abc.'.repeat(46)}abcdefg`.slice(0, 255)],
    ['a literal without brackets', 'user@192.0.2.1'],
  ])('refuses %s', (_, text) => {
    expect(parseMailbox(text)).toBeUndefined();
  });

  test('takes 254 octets in all and not 255', () => {
    const ending = `@${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(61)}`;
    expect(parseMailbox(`${'l'.repeat(64)}${ending}`)).toBeDefined();
    expect(parseMailbox(`${'l'.repeat(64)}${ending}c`)).toBeUndefined();
  });
});

describe('parseAddressLiteral()', () => {
  test.each([
    '[127.0.0.01]',
    '[0177.0.0.1]',
    '[1.2.3.999]',
    '[0x7f.1]',
    '[0x7f.0.0.1]',
    '[127.1]',
    '[2130706433]',
    '[.999]',
    '[IPv6:::ffff:127.0.0.01]',
    '[IPv6:127.0.0.1]',
    '[IPv6:::ffff:0x7f.1]',
    '[192.0.2.256]',
    '[192.0.2]',
    '[192.0.2.1.]',
    '[192.0.2.1',
    '[1.2.3.4.5]',
    '[IPv6:192.0.2.1]',
    '[IPv6:::g]',
    '[IPv6:1::2::3]',
    '[2001:db8::1]',
    '[x400:a]',
    '[]',
    '[IPv6:fe80::1%eth0]',
  ])('refuses %s', (text) => {
    expect(parseAddressLiteral(text)).toBeUndefined();
  });
  test.each(['[0.0.0.0]', '[255.255.255.255]', '[9.99.199.249]', '[IPv6:::1]'])('takes %s', (text) => {
    expect(parseAddressLiteral(text)).toBe(text);
  });
});

describe('toALabels()', () => {
  test.each([
    ['1.2.3', undefined],
    ['127.1', undefined],
    ['１２７.１', undefined],
    ['a/b.example', undefined],
    ['ü/b.example', undefined],
    ['%41.example', undefined],
    ['ü%41.example', undefined],
    ['ü:80.example', undefined],
    ['-a.example', undefined],
    ['a-.example', undefined],
    ['a..example', undefined],
    ['a.example.', undefined],
    ['.a.example', undefined],
    [`${'a'.repeat(64)}.example`, undefined],
    [`${'ü'.repeat(64)}.example`, undefined],
    ['bücher\u00ADladen.example', undefined],
    ['BÜCHER.example', 'xn--bcher-kva.example'],
    ['bücher。example', 'xn--bcher-kva.example'],
    ['a1.2b', 'a1.2b'],
  ])('%s is %s', (text, expected) => {
    expect(toALabels(text)).toBe(expected);
  });
});

test('domainOf(): what follows the last @, nothing for the null sender', () => {
  expect(domainOf('a@b.example')).toBe('b.example');
  expect(domainOf('"a@x"@b.example')).toBe('b.example');
  expect(domainOf('a@[IPv6:2001:db8::1]')).toBe('[IPv6:2001:db8::1]');
  expect(domainOf('')).toBe('');
});

test('isAscii(): 7 bits', () => {
  expect(isAscii('a\x7F\0')).toBe(true);
  expect(isAscii('\x80')).toBe(false);
});

test.each([
  ['192.0.2.1', '[192.0.2.1]'],
  ['::ffff:192.0.2.1', '[192.0.2.1]'],
  ['2001:db8::1', '[IPv6:2001:db8::1]'],
  ['fe80::1%eth0', '[IPv6:fe80::1]'],
])('addressLiteral(): of %s is %s', (address, literal) => {
  expect(addressLiteral(address)).toBe(literal);
});

test.each([
  ['example.org', 'example.org'],
  ['example.org:25', 'example.org'],
  ['[mx.example.org]:587', 'mx.example.org'],
  ['[192.0.2.1]', '[192.0.2.1]'],
  ['[IPv6:2001:db8::1]:25', '[IPv6:2001:db8::1]'],
  ['2001:db8::1', '[IPv6:2001:db8::1]'],
])('postmasterOf() the host in %s', (destination, domain) => {
  expect(postmasterOf(hostOf(destination))).toBe(`postmaster@${domain}`);
});
