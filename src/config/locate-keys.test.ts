import { expect, test } from 'vitest';
import { locateKeys, showKey } from './locate-keys.ts';

test.each([
  ['a bare key', 'a = 1', 'a', 1],
  ['after comments and blank lines', '# a = 1\n\n  # x\na = 1', 'a', 4],
  ['CRLF line ends', '# x\r\na = 1\r\nb = 2\r\n', 'b', 3],
  ['a dotted key', 'x = 1\nredis.url = ""', 'redis.url', 2],
  ['a dotted key with blanks', 'x = 1\nredis . url = ""', 'redis.url', 2],
  ['a table', '\n[redis]\nurl = ""', 'redis', 2],
  ['a key in a table', '[redis]\nurl = ""', 'redis.url', 2],
  ['a key in a nested table', '[a]\nb = 1\n[ a . b ]\nc = 2', 'a.b.c', 4],
  ['an array of tables', '\n[[a]]\nb = 1', 'a', 2],
  ['a key in an array of tables', '[[a]]\nb = 1\n[[a]]\nb = 2', 'a[1].b', 4],
  ['a key below an array of tables', '[[a]]\n[[a]]\n[a.c]\nb = 2', 'a[1].c.b', 4],
  ['an array below an array of tables', '[[a]]\n[[a.c]]\n[[a.c]]\nb = 2', 'a[0].c[1].b', 4],
  ['a key in a list of inline tables', 'a = [{ b = 1 },\n{ b = 2 }]', 'a[1].b', 2],
  ['a dotted key in a table', '[a]\nb.c = 1', 'a.b.c', 2],
  ['a quoted key', '\n"url" = 1', 'url', 2],
  ['a quoted key with a dot', '\n"redis.url" = 1', '"redis.url"', 2],
  ['a literal key', "\n'redis url' = 1", '"redis url"', 2],
  ['an escaped key', '\n"\\u0061" = 1', 'a', 2],
  ['a key in an inline table', '\nredis = { prefix = "x", url = "" }', 'redis.url', 2],
  ['a key in an inline table over lines', 'redis = {\n  prefix = "x",\n  url = ""\n}', 'redis.url', 3],
  ['a key after a multi-line text', 'a = """\nb = 1\n\\""" ""\n"""\nb = 2', 'b', 5],
  ['a key after a multi-line literal', "a = '''\nb = 1\n'''\nb = 2", 'b', 4],
  ['a key after a list over lines', 'a = [\n  "b = 1", # ]\n  "c",\n]\nb = 2', 'b', 5],
  ['an item of a list over lines', 'a = [\n  "x",\n\n  "y",\n]', 'a[1]', 4],
  [
    'a key after other values',
    'a = 1979-05-27 07:32:00\nb = -1.5e3 # = 7\nc = true\nd = "\\"#"\ne = 2',
    'e',
    5,
  ],
])('locateKeys(): %s', (_, text, key, line) => {
  expect(locateKeys(text).get(key)).toBe(line);
});

test('locateKeys(): a key in a comment or a text is none', () => {
  expect([...locateKeys('# a = 1\nb = "c = 2" # d = 3').keys()]).toEqual(['b']);
});

test('locateKeys(): the first of two places counts', () => {
  expect(locateKeys('[[a]]\nb = 1\n[[a]]\nb = 2').get('a')).toBe(1);
});

test.each(['a', 'a =', '[', '[a', 'a = [', 'a = {', 'a = { b', 'a = [[', '"', 'a = "x', '= 1', ']', '\0'])(
  'locateKeys(): comes to an end on %j',
  (text) => {
    expect(locateKeys(text)).toBeInstanceOf(Map);
  },
);

test('showKey(): quotes what is not bare', () => {
  expect(showKey(['redis', 'a b', 'x.y', ''])).toBe('redis."a b"."x.y".""');
});
