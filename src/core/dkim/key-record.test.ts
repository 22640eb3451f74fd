import { describe, expect, test } from 'vitest';
import { judgeRecords, recordName, recordText, zoneLines, type PublicKey } from './key-record.ts';

const key: PublicKey = { type: 'rsa', forms: [Buffer.from('spki'), Buffer.from('pkcs1')] };
const spki = Buffer.from('spki').toString('base64');
const pkcs1 = Buffer.from('pkcs1').toString('base64');

test('a record is what verifiers look for', () => {
  expect(recordName('s', 'example.org')).toBe('s._domainkey.example.org');
  expect(recordText(key)).toBe(`v=DKIM1; k=rsa; p=${spki}`);
  expect(judgeRecords([recordText(key)], key)).toBe('published');
});

describe('zone lines', () => {
  test('short text is one string', () => {
    expect(zoneLines('s._domainkey.example.org', 'v=DKIM1')).toEqual([
      's._domainkey.example.org. IN TXT "v=DKIM1"',
    ]);
  });

  test('longer text is cut into strings of 255 octets, and nothing is between them', () => {
    const text = `v=DKIM1; k=rsa; p=${'A'.repeat(392)}`;
    const lines = zoneLines('s._domainkey.example.org', text);
    const strings = lines.slice(1, -1).map((line) => /^ {4}"([^"]*)"$/.exec(line)?.[1] ?? '');
    expect(strings.map(({ length }) => length)).toEqual([255, text.length - 255]);
    expect(strings.join('')).toBe(text);
    expect([lines[0], lines.at(-1)]).toEqual(['s._domainkey.example.org. IN TXT (', ')']);
  });
});

test.each([
  [[], 'missing'],
  [[`p=${spki}`, `p=${spki}`], 'several'],
  [[`p=${spki}`], 'published'],
  [[`v=DKIM1;k=rsa;p=${spki};`], 'published'],
  [[`v=DKIM1; h=sha1:sha256; s=email; t=s; n=a note; p=${pkcs1}`], 'published'],
  [[` v = DKIM1 ; p = ${spki.slice(0, 3)} ${spki.slice(3)} `], 'published'],
  [['v=DKIM1; p='], 'revoked'],
  [['v=DKIM1; p=AAAA'], 'other key'],
  [[`k=ed25519; p=${spki}`], 'other type'],
  [[`h=sha1; p=${spki}`], 'restricted'],
  [[`s=tlsrpt; p=${spki}`], 'restricted'],
  [[`t=y; p=${spki}`], 'testing'],
  [[`t=s:y; p=${spki}`], 'testing'],
  [['v=DKIM1; k=rsa'], 'unreadable'],
  [[`k=rsa; v=DKIM1; p=${spki}`], 'unreadable'],
  [[`v=DKIM2; p=${spki}`], 'unreadable'],
  [[`p=${spki}; p=${spki}`], 'unreadable'],
  [['v=spf1 -all'], 'unreadable'],
  [[''], 'unreadable'],
])('records %j: %s', (texts, expected) => {
  expect(judgeRecords(texts, key)).toBe(expected);
});
