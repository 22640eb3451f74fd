import { expect, test } from 'vitest';
import { matchNames, parseMatchWord } from './match-names.ts';

test.each([
  ['hostname', 'hostname'],
  ['Dot-NextHop', 'dot-nexthop'],
  ['nexthop', 'nexthop'],
  ['HostName', 'hostname'],
  ['MX.Example.org', 'mx.example.org'],
  ['.example.org', '.example.org'],
  ['mx.example.org.', 'mx.example.org'],
  ['bücher.example', 'xn--bcher-kva.example'],
  ['.bücher.example', '.xn--bcher-kva.example'],
  ['', undefined],
  ['.', undefined],
  ['..example.org', undefined],
  ['*.example.org', undefined],
  ['a b', undefined],
])('parseMatchWord(): %j', (text, word) => {
  expect(parseMatchWord(text)).toBe(word);
});

test('matchNames(): what the words stand for', () => {
  const names = { host: 'mx.provider.test', nextHop: 'example.org' };
  expect(matchNames(['nexthop', 'dot-nexthop', 'hostname', 'a.test', '.b.test'], names)).toEqual([
    'example.org',
    { below: 'example.org' },
    'mx.provider.test',
    'a.test',
    { below: 'b.test' },
  ]);
});

test('matchNames(): a name from the DNS that begins with a dot stands for nothing more', () => {
  expect(matchNames(['hostname'], { host: '.provider.test', nextHop: 'x.test' })).toEqual(['.provider.test']);
});
