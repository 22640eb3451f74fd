import { describe, expect, test } from 'vitest';
import { parseAddressList } from './address-list.ts';

const addresses = (list: string): readonly string[] => parseAddressList(list).map(({ address }) => address);

describe('a list of addresses', () => {
  // What Postfix 3.7's sendmail -t makes of each, unless a comment says otherwise.
  test.each<[string, string, readonly string[]]>([
    ['one', 'a@x', ['a@x']],
    ['several', 'a@x, b@x ,c@x', ['a@x', 'b@x', 'c@x']],
    ['a name', 'Bob <b@x>', ['b@x']],
    ['a quoted name with a comma', '"Bob, Jr." <b@x>', ['b@x']],
    ['a name with an escaped quote', '"Bob \\" <no@x>" <b@x>', ['b@x']],
    ['no blank before the bracket', 'a@x,Bob<b@x>', ['a@x', 'b@x']],
    ['comments', 'root (Cron Daemon), a@x (b (c@x)) , (d@x) e@x', ['root', 'a@x', 'e@x']],
    ['a comment in the midst', 'a(comment)@(another)x', ['a@x']],
    ['an escaped bracket in a comment', 'a@x (b \\) c@x), d@x', ['a@x', 'd@x']],
    ['a group', 'g: c@x, Dora <d@x>;', ['c@x', 'd@x']],
    ['a group and more', 'a@x, g: c@x, d@x;, e@x', ['a@x', 'c@x', 'd@x', 'e@x']],
    ['an empty group', 'undisclosed-recipients:;', []],
    ['a semicolon for a comma', 'e@x; f@x', ['e@x', 'f@x']],
    ['a quoted local part', '"a b"@x', ['"a b"@x']],
    ['a quoted local part in brackets', 'X <"a, b"@x>', ['"a, b"@x']],
    ['blanks about at and dot', 'user @ example . com', ['user@example.com']],
    ['two words', 'a b@x', ['a', 'b@x']],
    ['two addresses without a comma', 'a@x b@x', ['a@x', 'b@x']],
    ['a name alone', 'Foo Bar, c@x', ['Foo', 'Bar', 'c@x']],
    ['something after the bracket', 'Bob <b@x> extra', ['b@x', 'extra']],
    // Postfix keeps the route, and refuses the address later.
    ['a source route', '<@a,@b:route@x>', ['route@x']],
    ['nobody', '<>', []],
    ['nothing but a comment', '(only comment)', []],
    ['an address literal', 'e@[IPv6:::1], f@[192.0.2.1]', ['e@[IPv6:::1]', 'f@[192.0.2.1]']],
    ['folded', 'a@x,\r\n\tb@x,\r\n c@x', ['a@x', 'b@x', 'c@x']],
    ['a local name', 'root', ['root']],
    ['nothing', '', []],
    ['commas', ',,a@x,,', ['a@x']],
    ['a quote that nothing ends', '"unclosed, a@x', ['"unclosed, a@x']],
    ['a bracket that nothing ends', 'a@x, <b@x, c@x', ['a@x', '<b@x', 'c@x']],
    ['a comment that nothing ends', 'a@x, (b@x, c@x', ['a@x']],
    ['another alphabet', 'Jörg <jörg@exämple.org>', ['jörg@exämple.org']],
  ])('%s', (_, list, expected) => {
    expect(addresses(list)).toEqual(expected);
  });

  test('tells where each address ends', () => {
    const list = 'root (Cron), Bob <bob>, user . name';
    const marks = parseAddressList(list).map(({ end }) => list.slice(0, end + 1));
    expect(marks).toEqual(['root', 'root (Cron), Bob <bob', 'root (Cron), Bob <bob>, user . name']);
  });

  test.each([
    ['quotes', '"'],
    ['brackets', '<'],
    ['brackets that end', '<>'],
    ['comments', '('],
    ['backslashes', '\\'],
    ['quoted backslashes', '"\\'],
    ['colons', ':'],
    ['words', 'a '],
    ['at signs', '@'],
    ['addresses', 'a@x,'],
    ['literals', '['],
    ['a mixture', '"(<:;,@ \\'],
  ])('comes to an end soon: a mebibyte of %s', (_, piece) => {
    // With one look back or ahead for each character it would take hours.
    expect(() => parseAddressList(piece.repeat(2 ** 20 / piece.length))).not.toThrow();
  });
});
