import { expect, test } from 'vitest';
import { policyWords, readPair } from './policy-words.ts';

test.each<[string, string[]]>([
  ['', []],
  [' ,\t,', []],
  ['may', ['may']],
  ['  may,a=b\t c=d,', ['may', 'a=b', 'c=d']],
  ['may { a = b, c } d=e', ['may', '{ a = b, c }', 'd=e']],
  ['may {a=b},{c=d}', ['may', '{a=b}', '{c=d}']],
  ['may {a={b c} d}, e', ['may', '{a={b c} d}', 'e']],
  ['may a={b c} d', ['may', 'a={b c}', 'd']],
  ['may } a', ['may', '}', 'a']],
  ['may }{ a b', ['may', '}{ a b']],
  ['may { a = b, c=d', ['may', '{ a = b, c=d']],
])('policyWords(): %j', (text, words) => {
  expect(policyWords(text)).toEqual(words);
});

test.each([
  ['a=b', { name: 'a', value: 'b' }],
  ['a=', { name: 'a', value: '' }],
  ['a==b', { name: 'a', value: '=b' }],
  ['a={b}', { name: 'a', value: '{b}' }],
  ['{a=b}', { name: 'a', value: 'b' }],
  ['{ a = b, c }', { name: 'a', value: 'b, c' }],
  ['{\ta\t=\tb\t}', { name: 'a', value: 'b' }],
  ['{ a = }', { name: 'a', value: '' }],
  ['{ a = {b} }', { name: 'a', value: '{b}' }],
  ['high', { problem: "missing '=' after attribute name" }],
  ['{ high }', { problem: "missing '=' after attribute name" }],
  ['{ a b = c }', { problem: "missing '=' after attribute name" }],
  ['=b', { problem: 'missing attribute name' }],
  ['{}', { problem: 'missing attribute name' }],
  ['{ = b }', { problem: 'missing attribute name' }],
  ['{ a = b', { problem: "missing '}'" }],
  ['{ a = {b }', { problem: "missing '}'" }],
  ['{', { problem: "missing '}'" }],
  ['{a=b}c', { problem: "syntax error after '}'" }],
  ['{a=b}}', { problem: "syntax error after '}'" }],
  ['{a=b}{c=d}', { problem: "syntax error after '}'" }],
])('readPair(): %j', (word, pair) => {
  expect(readPair(word)).toEqual(pair);
});
