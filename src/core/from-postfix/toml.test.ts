import { parse } from 'smol-toml';
import { expect, test } from 'vitest';
import { tomlComment, tomlValue, wrap } from './toml.ts';

test.each(['', 'a', 'a "quoted" \\ b', '\0\n\r\t\u007f\u0085\u2028', 'ä€😀', 'x'.repeat(300)])(
  'tomlValue(): %j is read as it was',
  (text) => {
    expect(parse(`a = ${tomlValue(text)}`)).toEqual({ a: text });
    expect(parse(`a = ${tomlValue([text, 'b'])}`)).toEqual({ a: [text, 'b'] });
  },
);

test('tomlValue(): half a character is replaced, because no file could hold it', () => {
  expect(parse(`a = ${tomlValue('\ud800')}`)).toEqual({ a: '\ufffd' });
});

test('tomlValue() breaks a long list', () => {
  const list = Array.from({ length: 20 }, (_, at) => `192.0.2.${at}/32`);
  expect(tomlValue(list)).toMatch(/^\[\n {2}"192\.0\.2\.0\/32",\n/);
  expect(parse(`a = ${tomlValue(list)}`)).toEqual({ a: list });
});

test('tomlComment(): nothing ends a comment', () => {
  const lines = tomlComment('a\nb = 1\r\u0085\u2028[c] \u202edesrever');
  expect(parse(lines.join('\n'))).toEqual({});
  expect(lines).toEqual(['# a b = 1   [c]  desrever']);
});

test('wrap() breaks at spaces', () => {
  expect(wrap('aaa bbb ccc', 7)).toEqual(['aaa bbb', 'ccc']);
  expect(wrap('aaaaaaaaaa bbb', 7)).toEqual(['aaaaaaaaaa', 'bbb']);
});
