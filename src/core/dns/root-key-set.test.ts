import { expect, test } from 'vitest';
import { makeSigningKey, signKeys, signedSet } from '../../../test/support/root-key-signing.ts';
import { keyTag } from './dnskey.ts';
import { rootKeySet, signersOf } from './root-key-set.ts';

const now = Date.UTC(2026, 10, 29);
const dayMs = 86_400_000;
const times = { inceptionMs: now - dayMs, expirationMs: now + dayMs };
const zoneKey = makeSigningKey(13, 256);
const tags = (set: Parameters<typeof signersOf>[0], at = now): number[] =>
  signersOf(set, at).map(({ rdata }) => keyTag(rdata));

test.each([8, 10, 13, 14, 15, 16])('signersOf(): algorithm %i', (algorithm) => {
  const key = makeSigningKey(algorithm);
  expect(tags(signedSet([zoneKey, key], [key], times))).toEqual([keyTag(key.rdata)]);
});

test('signersOf(): whoever else may have signed, each who did', () => {
  const [one, other] = [makeSigningKey(13), makeSigningKey(8)];
  expect(tags(signedSet([one, other], [one, other], times))).toEqual([
    keyTag(one.rdata),
    keyTag(other.rdata),
  ]);
  expect(tags(signedSet([one, other], [zoneKey], times))).toEqual([]);
});

test('signersOf(): only while the signature is in force, also across 2106 (RFC 4034 §3.1.5)', () => {
  const key = makeSigningKey();
  const set = signedSet([key], [key], times);
  expect(tags(set, now - 2 * dayMs)).toEqual([]);
  expect(tags(set, now + 2 * dayMs)).toEqual([]);
  const turn = 2 ** 32 * 1000;
  const across = signedSet([key], [key], { inceptionMs: turn - dayMs, expirationMs: turn + dayMs });
  expect(tags(across, turn - 1000)).toHaveLength(1);
  expect(tags(across, turn + 1000)).toHaveLength(1);
});

test('signersOf(): a record more, less or changed spoils the signature', () => {
  const key = makeSigningKey();
  const signature = signKeys([key.rdata, zoneKey.rdata], key, times);
  const changed = Buffer.from(zoneKey.rdata);
  changed.writeUInt8(changed.readUInt8(20) ^ 1, 20);
  const signed = (keys: readonly Buffer[]): number[] => tags(rootKeySet({ keys, signatures: [signature] }));
  expect(signed([zoneKey.rdata, key.rdata])).toHaveLength(1);
  expect(signed([zoneKey.rdata, key.rdata, key.rdata])).not.toEqual([]);
  expect(signed([key.rdata])).toEqual([]);
  expect(signed([key.rdata, changed])).toEqual([]);
  expect(signed([key.rdata, zoneKey.rdata, makeSigningKey().rdata])).toEqual([]);
});

test('signersOf(): a signature over something else, or cut short, signs nothing', () => {
  const key = makeSigningKey();
  const good = signKeys([key.rdata], key, times);
  const broken = [
    good.subarray(0, 18),
    good.subarray(0, 30),
    Buffer.concat([Buffer.from([0, 2]), good.subarray(2)]),
    Buffer.concat([good.subarray(0, 3), Buffer.from([1]), good.subarray(4)]),
    Buffer.concat([good.subarray(0, 18), Buffer.from([1, 97]), good.subarray(18)]),
  ];
  expect(tags(rootKeySet({ keys: [key.rdata], signatures: broken }))).toEqual([]);
});

test('signersOf(): a key of an algorithm or a length that is not known is passed over', () => {
  const key = makeSigningKey();
  const odd = [
    [1, 1, 3, 5, 1, 3, 7],
    [1, 1, 3, 8, 0, 255],
    [1, 1, 3, 8, 3, 1, 0],
    [1, 1, 3, 13, 1],
    [1, 1, 3, 15, ...Array<number>(31).fill(1)],
    [1, 1, 3, 13, ...Array<number>(64).fill(1)],
    [1, 1, 3, 8, 1, 3, ...Array<number>(600).fill(1)],
  ].map((octets) => Buffer.from(octets));
  const keys = [key.rdata, ...odd];
  const claims = odd.map((rdata) => signKeys(keys, { ...key, rdata, algorithm: rdata.readUInt8(3) }, times));
  expect(tags(rootKeySet({ keys, signatures: [...claims, signKeys(keys, key, times)] }))).toEqual([
    keyTag(key.rdata),
  ]);
});

test('signersOf(): sixteen checks and no more, whatever shares the tag of a key', () => {
  const key = makeSigningKey();
  const forged = (count: number): Buffer[] =>
    Array.from({ length: count }, () => signKeys([zoneKey.rdata], key, times));
  const good = signKeys([key.rdata], key, times);
  const keys = [key.rdata];
  expect(tags(rootKeySet({ keys, signatures: [...forged(15), good] }))).toHaveLength(1);
  expect(tags(rootKeySet({ keys, signatures: [...forged(16), good] }))).toEqual([]);
  // The first signature alone would be worth as many checks as there are keys with its tag.
  const twins = Array.from({ length: 16 }, (_, at) => twin(key.rdata, at + 1));
  const set = [...twins, key.rdata];
  expect(tags(rootKeySet({ keys: set, signatures: [signKeys(set, key, times)] }))).toEqual([]);
  expect(
    tags(rootKeySet({ keys: set.slice(1), signatures: [signKeys(set.slice(1), key, times)] })),
  ).toHaveLength(1);
});

test('rootKeySet(): no more than 32 records of a kind are looked at', () => {
  const key = makeSigningKey();
  const many = Array.from({ length: 32 }, (_, at) => twin(zoneKey.rdata, at + 1));
  const set = rootKeySet({
    keys: [...many, key.rdata],
    signatures: Array.from({ length: 40 }, () => signKeys([...many, key.rdata], key, times)),
  });
  expect([set.keys.length, set.signatures.length, signersOf(set, now).length]).toEqual([32, 32, 0]);
});

/** Another key with the same tag: that is a sum of pairs of octets (RFC 4034 §B), and what one has more another has less. */
function twin(rdata: Buffer, difference: number): Buffer {
  const copy = Buffer.from(rdata);
  const pairs = Array.from({ length: Math.floor(rdata.length / 2) - 2 }, (_, at) => 4 + at * 2);
  const more = pairs.find((at) => copy.readUInt16BE(at) + difference <= 0xffff) ?? 0;
  const less = pairs.find((at) => at !== more && copy.readUInt16BE(at) >= difference) ?? 0;
  copy.writeUInt16BE(copy.readUInt16BE(more) + difference, more);
  copy.writeUInt16BE(copy.readUInt16BE(less) - difference, less);
  if (keyTag(copy) !== keyTag(rdata)) throw new Error('another tag');
  return copy;
}
