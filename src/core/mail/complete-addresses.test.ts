import { expect, test, vi } from 'vitest';
import { makeDice } from '../../../test/support/dice.ts';
import { areAllComplete, readAddressList } from './address-list.ts';
import { canBeCompleted, completeAddresses, hasFinalDot, replaceAddresses } from './complete-addresses.ts';

test.each([
  ['root', 'root@o'],
  [' root\r\n', ' root@o\r\n'],
  [' a, b@c.test, d', ' a@o, b@c.test, d@o'],
  [' "Joe User" <joe>, Jane <jane@x.test>', ' "Joe User" <joe@o>, Jane <jane@x.test>'],
  [' root (Cron Daemon)', ' root@o (Cron Daemon)'],
  [' (c) joe (d (e) \\) f)', ' (c) joe@o (d (e) \\) f)'],
  [' undisclosed-recipients:;', ' undisclosed-recipients:;'],
  [' friends: a, b@x.test, "C D" <c>;, e', ' friends: a@o, b@x.test, "C D" <c@o>;, e@o'],
  [' root\r\n (the\r\n daemon)', ' root@o\r\n (the\r\n daemon)'],
  [' a,\r\n\tb,\r\n  "x y"\r\n <c>', ' a@o,\r\n\tb@o,\r\n  "x y"\r\n <c@o>'],
  [' "a b", "c"@d.test, a.b.c', ' "a b"@o, "c"@d.test, a.b.c@o'],
  [' <@x.test:root>, <@x.test,@y.test:a@b.test>', ' <@x.test:root@o>, <@x.test,@y.test:a@b.test>'],
  [' a@b.test., <c@d.test.> (x), e@f, g@h..', ' a@b.test, <c@d.test> (x), e@f, g@h..'],
  [' =?utf-8?q?J=C3=BCrgen?= <root>', ' =?utf-8?q?J=C3=BCrgen?= <root@o>'],
  [' J. Random User <root>', ' J. Random User <root@o>'],
  [' user..name, .x, y.', ' user..name@o, .x@o, y.@o'],
  [' "a\\"b" <c>; d', ' "a\\"b" <c@o>; d@o'],
  // These stay: they are no addresses, or nobody knows which.
  ['', ''],
  [' ,', ' ,'],
  [' <>', ' <>'],
  [' Joe User', ' Joe User'],
  [' =?utf-8?q?J=C3=BCrgen?=', ' =?utf-8?q?J=C3=BCrgen?='],
  [' \xfc, J\xfcrgen <a>', ' \xfc, J\xfcrgen <a@o>'],
  [' <root, a', ' <root, a'],
  [' "open', ' "open'],
  [' ((x) a', ' ((x) a'],
  [' [192.0.2.1], a@[192.0.2.1]', ' [192.0.2.1], a@[192.0.2.1]'],
  [' a@, @b.test, @', ' a@, @b.test, @'],
  [' a%b.test, b.test!a', ' a%b.test, b.test!a'],
  [' ., a', ' ., a@o'],
  [' <a> b, <c><d>', ' <a> b, <c><d@o>'],
  [' a\\, b\\c', ' a\\, b\\c'],
])('completeAddresses(): %j', (body, expected) => {
  expect(completeAddresses(body, 'o')).toBe(expected);
});

test.each([
  [' a@b.test\r\n', true],
  [' "Joe, User" <joe@x.test>, jane@y.test', true],
  [' Joe User <joe@x.test>,\r\n\t<a@b.test>', true],
  ['', false],
  [' a', false],
  [' a@b.test, c', false],
  [' a@b.test <c>', false],
  [' a@b.test.', false],
  [' <a@b.test. >', false],
  [' a@b.test., c@d.test', false],
  [' a@b.test,', false],
  [' <a@b.test', false],
  [' a@b.test>', false],
  [' <a@b.test> c', false],
  [' "a@b.test', false],
  [' a@b.test (c)', false],
  [' a@[192.0.2.1]', false],
  [' g: a@b.test;', false],
])('areAllComplete(%j) is %j', (body, expected) => {
  expect(areAllComplete(body)).toBe(expected);
});

test('completeAddresses(): what areAllComplete() knows without reading it stays as it is when it is read', () => {
  const parts = [
    'a',
    '.',
    '@',
    '<',
    '>',
    ',',
    ' ',
    '"',
    'b c',
    '(',
    ':',
    ';',
    '[',
    ']',
    '\\',
    '\xfc',
    '\r\n ',
  ];
  const dice = makeDice(14);
  let known = 0;
  for (let round = 0; round < 100_000; round += 1) {
    const body = Array.from({ length: 1 + dice.below(9) }, () => dice.pick(parts)).join('');
    if (!areAllComplete(body)) continue;
    known += 1;
    for (const { local, domain, isClean } of readAddressList(body) ?? []) {
      if (isClean)
        expect(
          [domain === undefined && canBeCompleted(local), hasFinalDot({ domain: domain ?? [] })],
          body,
        ).toEqual([false, false]);
    }
  }
  expect(known).toBeGreaterThan(500);
});

test('completeAddresses(): each character is looked at a few times, however it is nested', () => {
  const charCodeAt = vi.spyOn(String.prototype, 'charCodeAt');
  for (const hard of [
    '(',
    '"',
    '<',
    '\\',
    ',',
    'a ',
    '<@a,',
    '<@a:',
    'a:',
    '<a:',
    '>',
    '()',
    '""',
    '[',
    '.',
    '=?',
  ]) {
    charCodeAt.mockClear();
    completeAddresses(hard.repeat(20_000), 'origin.test');
    expect(charCodeAt.mock.calls.length, hard).toBeLessThanOrEqual(3 * 20_000 * hard.length);
  }
  charCodeAt.mockRestore();
});

test.each([
  [' root@in.test\r\n', ' it@out.test\r\n'],
  [' Root <root@in.test>\r\n', ' Root <it@out.test>\r\n'],
  [
    ' "root@in.test" (root@in.test) <root@in.test>, b@x.test\r\n',
    ' "root@in.test" (root@in.test) <it@out.test>, b@x.test\r\n',
  ],
  [' group: root@in.test, b@x.test;\r\n', ' group: it@out.test, b@x.test;\r\n'],
  [' root @ in.test\r\n', ' root @ in.test\r\n'],
  [' root@in.test, root@in.test', ' it@out.test, it@out.test'],
  [' <root@in.test\r\n', ' <root@in.test\r\n'],
  [' root\r\n', ' root\r\n'],
])('replaceAddresses(%j) replaces addresses and nothing else', (body, expected) => {
  const replace = (address: string): string => (address === 'root@in.test' ? 'it@out.test' : address);
  expect(replaceAddresses(body, replace)).toBe(expected);
});

test('replaceAddresses() puts nothing in a header that ends a line', () => {
  expect(replaceAddresses(' a@b.test', () => 'x@y.test\r\nBcc: z@y.test')).toBe(' a@b.test');
});
