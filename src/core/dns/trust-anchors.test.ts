import { expect, test } from 'vitest';
import { makeSigningKey } from '../../../test/support/root-key-signing.ts';
import { keyTag, parseDnskey, rootKeyDigest } from './dnskey.ts';
import { anchorLines, anchorsRoot, isAnchored, rootAnchorKey, rootAnchorLine } from './trust-anchors.ts';

const made = makeSigningKey();
const key = parseDnskey(made.rdata);
if (key === undefined) throw new Error('no key');
const line = rootAnchorLine(key);
const base64 = line.split(' ').at(-1) ?? '';
const ds = (digestType: number) =>
  `. IN DS ${keyTag(key.rdata)} 13 ${digestType} ${rootKeyDigest(key, digestType)?.toString('hex').toUpperCase()}`;

test.each([
  ['as Debian has it', `${line} ; keytag 1\n`, [line]],
  ['without a class', `. DNSKEY 257 3 13 ${base64}`, [line]],
  [
    'with a TTL, before or after the class',
    `. 60 IN DNSKEY 257 3 13 ${base64}\n. IN 60 DNSKEY 257 3 13 ${base64}`,
    [line, line],
  ],
  [
    'over several lines',
    `. IN DNSKEY 257 3 13 (\n ${base64.slice(0, 9)} ; half\n ${base64.slice(9)} )`,
    [`. IN DNSKEY 257 3 13 ${base64.slice(0, 9)} ${base64.slice(9)}`],
  ],
  [
    'as Unbound keeps it',
    `; autotrust trust anchor file\n;;id: . 1\n.\t86400\tIN\tDNSKEY\t257 3 13 ${base64} ;{id = 1} ;;state=2 [  VALID  ]`,
    [line],
  ],
  [
    'of another zone',
    'example. IN DS 1 13 2 00FF\n\tIN DS 2 13 2 00FE',
    ['example. IN DS 1 13 2 00FF', 'example. IN DS 2 13 2 00FE'],
  ],
  ['nothing', 'nonsense\n$TTL 60\n. IN NS a.\n. IN SOA DS DNSKEY\n', []],
  ['what would end the line of a configuration', '. IN DS 1 13 2 00"\n', []],
  ['an open parenthesis', '. IN DNSKEY 257 3 13 ( AAAA\n', []],
])('anchorLines(): %s', (_, text, expected) => {
  expect(anchorLines(text)).toEqual(expected);
});

test('rootAnchorKey(): the key of a line, however it is written', () => {
  const [split = ''] = anchorLines(`. IN DNSKEY 257 3 13 ${base64.slice(0, 9)} ${base64.slice(9)}`);
  expect([line, split].map((one) => rootAnchorKey(one)?.rdata)).toEqual([
    Buffer.from(key.rdata),
    Buffer.from(key.rdata),
  ]);
  expect(
    [ds(2), 'example. IN DNSKEY 257 3 13 AAAA', '. IN DNSKEY 257 3 13 %'].map((one) => rootAnchorKey(one)),
  ).toEqual([undefined, undefined, undefined]);
});

test('isAnchored(): by the key or by a digest that is not SHA-1', () => {
  const other = parseDnskey(makeSigningKey().rdata);
  if (other === undefined) throw new Error('no key');
  for (const lines of [[line], [ds(2)], [ds(4)], ['. IN DS 1 13 2 00', line]]) {
    expect([isAnchored(key, lines), isAnchored(other, lines)]).toEqual([true, false]);
  }
  expect(isAnchored(key, [ds(2).replace(' 13 ', ' 8 ')])).toBe(false);
  expect(isAnchored(key, [ds(2).replace('. IN', 'example. IN')])).toBe(false);
  expect(isAnchored(key, [ds(1)])).toBe(false);
});

test('anchorsRoot()', () => {
  expect([anchorsRoot([line]), anchorsRoot(['example. IN DS 1 13 2 00']), anchorsRoot([])]).toEqual([
    true,
    false,
    false,
  ]);
});
