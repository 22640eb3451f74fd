import { expect, test } from 'vitest';
import { readAddressList } from './address-list.ts';

/** `local@domain`, without a domain `local`; `!` behind what is not clean. */
function read(text: string): string[] | undefined {
  return readAddressList(text)?.map(({ local, domain, isClean }) => {
    const words = (tokens: readonly { text: string }[]): string => tokens.map((token) => token.text).join('');
    return `${words(local)}${domain === undefined ? '' : `@${words(domain)}`}${isClean ? '' : '!'}`;
  });
}

test.each([
  ['', []],
  ['a@b.test', ['a@b.test']],
  ['a, b@c.test;d', ['a', 'b@c.test', 'd']],
  ['"A, B" <a@b.test>, C (c, d) <c>', ['a@b.test', 'c']],
  ['friends: a, b;, c', ['a', 'b', 'c']],
  ['undisclosed-recipients:;', []],
  ['<@x.test,@y.test:a@b.test>', ['a@b.test']],
  ['Bob <B <a@b.test>>', ['a@b.test']],
  ['"a@b"@c.test, a@b@d.test', ['"a@b"@c.test', 'a@b@d.test']],
  ['a@[192.0.2.1]', ['a@[192.0.2.1]']],
  ['a\r\n (x (y\\) z) )\r\n @ b', ['a@b']],
  ['<a> b', ['a!']],
  ['<>', []],
  ['<a:b@c.test>', ['a:b@c.test']],
])('readAddressList(): %j', (text, expected) => {
  expect(read(text)).toEqual(expected);
});

test.each(['<a', '"a', '(a', '[a', '<a, b>', 'a "b'])('readAddressList(): %j is not closed', (text) => {
  expect(read(text)).toBeUndefined();
});

test('readAddressList(): tokens know where they stand', () => {
  const text = ' "x y" <r.s@t>';
  const [address] = readAddressList(text) ?? [];
  expect(address?.local.map(({ start, end }) => text.slice(start, end))).toEqual(['r', '.', 's']);
});
