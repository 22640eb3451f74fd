import { describe, expect, test } from 'vitest';
import { authorDomains } from './authors.ts';

const of = (text: string): readonly string[] =>
  authorDomains(`from:${Buffer.from(text, 'utf8').toString('latin1')}`);

describe('domains of authors', () => {
  test.each([
    ['a@example.org', ['example.org']],
    ['Somebody <a@Example.ORG>', ['example.org']],
    ['<a@example.org.>', ['example.org']],
    ['"Doe, <x@evil.test>" <a@example.org>', ['example.org']],
    ['"x@evil.test" <a@example.org>', ['example.org']],
    ['a@example.org (x@evil.test)', ['example.org']],
    ['(a (b) \\) c@evil.test) a@example.org', ['example.org']],
    ['"a\\"b@evil.test"@example.org', ['example.org']],
    ['<@evil.test,@other.test:a@example.org>', ['example.org']],
    ['a@example.org, B <b@example.net>, c@example.org', ['example.org', 'example.net']],
    ['Team: a@example.org, <b@example.net>;', ['example.org', 'example.net']],
    ['x@evil.test <a@example.org>', ['example.org']],
    ['<a@example.org> x@evil.test', ['example.org']],
    ['=?utf-8?q?x=40evil.test?= <a@example.org>', ['example.org']],
    ['J\u00fcrgen <j@m\u00fcller.example>', ['xn--mller-kva.example']],
    ['a @ example.org', ['example.org']],
  ])('%s', (text, expected) => {
    expect(of(text)).toEqual(expected);
  });

  test.each([
    '',
    'nobody',
    '<>',
    'a@[192.0.2.1]',
    'a@',
    'undisclosed:;',
    'a@b c',
    '"a@example.org',
    '(a@example.org',
    '<'.repeat(50_000),
    `${'('.repeat(50_000)}a@example.org`,
    ','.repeat(50_000),
  ])('none in %.40j', (text) => {
    expect(of(text)).toEqual([]);
  });

  test('of many authors some are looked at', () => {
    expect(of(Array.from({ length: 5000 }, (_, n) => `a@d${n}.test`).join(','))).toHaveLength(20);
  });
});
