import { describe, expect, test } from 'vitest';
import { isCipherWord, parseCipherGrade, parseProtocols } from './tls-parameters.ts';

describe('parseProtocols()', () => {
  test.each([
    ['', 'TLSv1 TLSv1.1 TLSv1.2 TLSv1.3'],
    ['>=TLSv1', 'TLSv1 TLSv1.1 TLSv1.2 TLSv1.3'],
    ['>=TLSv1.2', 'TLSv1.2 TLSv1.3'],
    ['<=TLSv1.1', 'TLSv1 TLSv1.1'],
    ['>=TLSv1.1, <=TLSv1.2', 'TLSv1.1 TLSv1.2'],
    ['>=tlsv1.3', 'TLSv1.3'],
    ['!SSLv2, !SSLv3', 'TLSv1 TLSv1.1 TLSv1.2 TLSv1.3'],
    ['!SSLv2:!SSLv3:!TLSv1:!TLSv1.1', 'TLSv1.2 TLSv1.3'],
    ['!TLSv1.1', 'TLSv1 TLSv1.2 TLSv1.3'],
    ['TLSv1.2', 'TLSv1.2'],
    ['TLSv1.3 TLSv1.2', 'TLSv1.2 TLSv1.3'],
    ['TLSv1.2:TLSv1.3:!TLSv1.3', 'TLSv1.2'],
    ['>=SSLv3', 'TLSv1 TLSv1.1 TLSv1.2 TLSv1.3'],
  ])('%j: %s', (text, versions) => {
    expect(parseProtocols(text)?.join(' ')).toBe(versions);
  });

  test.each([
    'TLSv1.4',
    '>=',
    '>TLSv1.2',
    '!!TLSv1',
    'SSLv3',
    '<=SSLv3',
    '>=TLSv1.3:<=TLSv1.2',
    '!TLSv1.2:TLSv1.2',
    '@SECLEVEL=0',
  ])('%j leaves no version, or is none', (text) => {
    expect(parseProtocols(text)).toBeUndefined();
  });
});

test.each([
  ['medium', 'medium'],
  ['HIGH', 'high'],
  ['low', 'medium'],
  ['export', 'medium'],
  ['null', undefined],
  ['', undefined],
])('parseCipherGrade(): %j', (text, grade) => {
  expect(parseCipherGrade(text)).toBe(grade);
});

describe('isCipherWord()', () => {
  test.each(['RC4', '3DES', 'aNULL', 'AES128-SHA', 'SHA1+DES', 'AECDH_x'])('%s', (word) => {
    expect(isCipherWord(word)).toBe(true);
  });

  test.each(['', '!aNULL', '-ALL', '@SECLEVEL=0', 'A:B', 'A,B', 'A B', 'A!', 'A-', '+A'])(
    'not %j',
    (word) => {
      expect(isCipherWord(word)).toBe(false);
    },
  );
});
