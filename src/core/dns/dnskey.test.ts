import { expect, test } from 'vitest';
import { isEntryPoint, isRevoked, isSameKey, keyTag, parseDnskey, rootKeyDigest } from './dnskey.ts';
import { rootAnchorKey } from './trust-anchors.ts';

/** The root's key of 2017 and its DS record, as IANA publishes them. */
const line =
  '. IN DNSKEY 257 3 8 AwEAAaz/tAm8yTn4Mfeh5eyI96WSVexTBAvkMgJzkKTOiW1vkIbzxeF3+/4RgWOq7HrxRixHlFlExOLAJr5emLvN7SWXgnLh4+B5xQlNVz8Og8kvArMtNROxVQuCaSnIDdD5LKyWbRd2n9WGe2R8PzgCmr3EgVLrjyBxWezF0jLHwVN8efS3rCj/EWgvIWgb9tarpVUDK/b58Da+sqqls3eNbuv7pr+eoZG+SrDK6nWeL3c6H5Apxz7LjVc1uTIdsIXxuOLYA4/ilBmSVIzuDWfdRUfhHdY6+cn8HFRm+2hM8AnXGXws9555KrUB5qihylGa8subX2Nn6UwNR1AkUTV74bU=';
const digest = 'e06d44b80b8f1d39a95c0b0d7c65d08458e880409bbc683457104237c7f8ec8d';
const key = rootAnchorKey(line);
if (key === undefined) throw new Error('no key');

test('parseDnskey(), keyTag(), rootKeyDigest(): the key of the root of 2017', () => {
  expect({ flags: key.flags, algorithm: key.algorithm, tag: keyTag(key.rdata) }).toEqual({
    flags: 257,
    algorithm: 8,
    tag: 20_326,
  });
  expect(rootKeyDigest(key, 2)?.toString('hex')).toBe(digest);
  expect(rootKeyDigest(key, 1)).toBeUndefined();
  expect([isEntryPoint(key), isRevoked(key)]).toEqual([true, false]);
});

test('isSameKey(): revoked or not, and no other', () => {
  const changed = (at: number, octet: number) => {
    const rdata = Buffer.from(key.rdata);
    rdata[at] = octet;
    return parseDnskey(rdata) ?? key;
  };
  const revoked = changed(1, 0x81);
  expect([isRevoked(revoked), isSameKey(key, revoked), keyTag(revoked.rdata)]).toEqual([true, true, 20_454]);
  expect(isSameKey(key, changed(40, 0))).toBe(false);
  expect(isSameKey(key, changed(1, 0))).toBe(false);
});

test.each([
  ['nothing', []],
  ['no key', [1, 1, 3, 8]],
  ['not the key of a zone', [0, 1, 3, 8, 1]],
  ['another protocol', [1, 1, 2, 8, 1]],
])('parseDnskey(): %s', (_, octets) => {
  expect(parseDnskey(Uint8Array.from(octets))).toBeUndefined();
});
