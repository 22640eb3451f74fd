import { expect, test } from 'vitest';
import { chooseMechanism, isFilterWord, type SecurityOption } from './mechanisms.ts';

const all = ['LOGIN', 'PLAIN', 'CRAM-MD5', 'SCRAM-SHA-256', 'GSSAPI'];

test.each<[string, readonly string[], readonly string[], readonly SecurityOption[], string | undefined]>([
  ['the strongest of all', all, [], ['noanonymous'], 'SCRAM-SHA-256'],
  ['whatever the case', ['plain'], [], ['noanonymous'], 'PLAIN'],
  ['PLAIN before LOGIN', ['LOGIN', 'PLAIN'], [], [], 'PLAIN'],
  ['no password in plain text', ['PLAIN', 'LOGIN'], [], ['noplaintext'], undefined],
  ['a challenge instead', ['PLAIN', 'CRAM-MD5'], [], ['noplaintext', 'noanonymous'], 'CRAM-MD5'],
  ['the server must prove itself', ['CRAM-MD5', 'PLAIN'], [], ['mutual_auth'], undefined],
  ['nothing has forward secrecy', all, [], ['forward_secrecy'], undefined],
  ['only what the filter names', all, ['plain', 'login'], [], 'PLAIN'],
  ['a filter that takes away', all, ['!scram-sha-256', '!cram-md5'], [], 'PLAIN'],
  ['the first word counts', all, ['!scram-sha-256', 'static:all'], [], 'CRAM-MD5'],
  ['a filter of strangers', all, ['gssapi'], [], undefined],
  ['nothing we know', ['GSSAPI', 'XOAUTH2'], [], [], undefined],
])('chooseMechanism(): %s', (_, offered, filter, options, expected) => {
  expect(chooseMechanism(offered, filter, options)).toBe(expected);
});

test('isFilterWord()', () => {
  expect(['plain', '!LOGIN', 'static:all', '', 'a b', '/etc/filter'].map(isFilterWord)).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
});
