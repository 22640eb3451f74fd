import { describe, expect, test } from 'vitest';
import type { ImportPorts } from './ports.ts';
import { readMaps, shownTable, tableOf } from './read-maps.ts';

const files: Readonly<Record<string, string>> = {
  '/one': '# comment\nexample.org smtp:[a.example]\n  # in between\nExample.net\n  smtp:[b.example]\n',
  '/two': 'example.org smtp:[second.example]\nother.example :\n',
  '/odd': '  misplaced x\nalone\ngood x\n',
};
const ports: ImportPorts = {
  readFile: (path) => {
    const text = files[path];
    return text === undefined ? { problem: 'no such file or directory' } : { text };
  },
  dumpTable: (type, path) =>
    type === 'lmdb' ? { text: `example.org\tsmtp:[dumped${path}]\n` } : { problem: 'there is no postmap' },
};
const pairsOf = (value: string) => readMaps(value, ports).entries.map(({ key, value }) => [key, value]);

describe('readMaps()', () => {
  test('reads the text beside an index, as postmap does', () => {
    for (const type of ['hash', 'btree', 'cdb', 'lmdb', 'texthash', 'proxy:hash'])
      expect(pairsOf(`${type}:/one`)).toEqual([
        ['example.org', 'smtp:[a.example]'],
        ['Example.net', 'smtp:[b.example]'],
      ]);
    expect(readMaps('hash:/one', ports).entries[1]?.where).toBe('/one:4');
  });

  test('of several tables the first counts, whatever the case of the key', () => {
    expect(pairsOf('inline:{EXAMPLE.org=x}, hash:/one hash:/two')).toEqual([
      ['EXAMPLE.org', 'x'],
      ['Example.net', 'smtp:[b.example]'],
      ['other.example', ':'],
    ]);
  });

  test('asks postmap where there is no text', () => {
    expect(pairsOf('lmdb:/index')).toEqual([['example.org', 'smtp:[dumped/index]']]);
    expect(readMaps('hash:/index', ports).unread).toEqual([
      { about: 'hash:/index', why: '/index: no such file or directory; postmap -s: there is no postmap' },
    ]);
    // texthash: has no other form.
    expect(readMaps('texthash:/index', ports).unread[0]?.why).toBe('/index: no such file or directory');
  });

  test('reads inline tables', () => {
    expect(pairsOf('inline:{ a=1, { b = 2 3 }, {c=4} }')).toEqual([
      ['a', '1'],
      ['b', '2 3'],
      ['c', '4'],
    ]);
  });

  test('static: is what every key stands for, and nothing behind it is read', () => {
    expect(readMaps('hash:/two, static:{x y}, mysql:/z', ports)).toMatchObject({
      otherwise: 'x y',
      unread: [],
    });
  });

  test.each([
    ['mysql:/etc/x.cf', 'there are no mysql: tables here, only text files with an entry in each line'],
    ['regexp:/etc/x', 'there are no regexp: tables here, only text files with an entry in each line'],
    ['/etc/postfix/transport', 'it is no table of the form type:name'],
    ['hash:transport', 'only a table with an absolute path can be read'],
  ])('says why %s is not read', (value, why) => {
    expect(readMaps(value, ports)).toMatchObject({ entries: [], unread: [{ about: value, why }] });
  });

  test('tells of lines that postmap leaves out', () => {
    expect(readMaps('hash:/odd', ports)).toMatchObject({
      entries: [{ key: 'good', value: 'x' }],
      unread: [
        { about: '/odd:1', why: 'nothing before it that it could continue' },
        { about: '/odd:2', why: 'a key without a value, which postmap leaves out' },
      ],
    });
  });
});

test('shownTable() shows no passwords', () => {
  expect(shownTable('inline:{[a]=user:secret}')).toBe('inline:…');
  expect(shownTable('static:user:secret')).toBe('static:…');
  expect(shownTable('hash:/etc/postfix/sasl_passwd')).toBe('hash:/etc/postfix/sasl_passwd');
});

test('tableOf() tells a table from an address', () => {
  expect(tableOf('hash:/x')).toEqual({ type: 'hash', name: '/x' });
  expect(tableOf('192.0.2.1')).toBeUndefined();
  expect(tableOf('[::1]:25')).toBeUndefined();
});
