import { generateKeyPairSync } from 'node:crypto';
import type { KeyPairKeyObjectResult } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { bitString, der, integer, objectIdentifier, sequence } from '../../../test/support/der-writer.ts';
import { ecKeys, rsaKeys } from '../../../test/support/test-ca.ts';
import { readAlgorithm } from './algorithm.ts';
import { derTags, readValue } from './der.ts';
import { soundKey, soundSignature } from './strength.ts';

const spkiOf = ({ publicKey }: KeyPairKeyObjectResult): Buffer =>
  publicKey.export({ type: 'spki', format: 'der' });
const onCurve = (namedCurve: string, paramEncoding: 'named' | 'explicit' = 'named'): KeyPairKeyObjectResult =>
  generateKeyPairSync('ec', { namedCurve, paramEncoding });
const rsa = (modulus: Buffer, exponent: Buffer): Buffer =>
  sequence(
    sequence(objectIdentifier('1.2.840.113549.1.1.1'), der(0x05)),
    bitString(sequence(der(0x02, modulus), der(0x02, exponent))),
  );
const ofBits = (bits: number): Buffer => {
  const octets = Buffer.alloc(Math.ceil(bits / 8), 0xff);
  octets[0] = 0xff >> (octets.length * 8 - bits);
  return octets;
};
const f4 = Buffer.from([1, 0, 1]);

describe('soundKey()', () => {
  test.each<[string, KeyPairKeyObjectResult, string | undefined]>([
    ['RSA 512', rsaKeys(512), undefined],
    ['RSA 1016', rsaKeys(1016), undefined],
    ['RSA 1023', rsaKeys(1023), undefined],
    ['RSA 1024', rsaKeys(1024), 'RSA'],
    ['RSA-PSS 768', generateKeyPairSync('rsa-pss', { modulusLength: 768 }), undefined],
    ['RSA-PSS 1024', generateKeyPairSync('rsa-pss', { modulusLength: 1024 }), 'RSA'],
    ['P-192', onCurve('prime192v1'), 'EC'],
    ['P-224', onCurve('secp224r1'), 'EC'],
    ['P-256', ecKeys(), 'EC'],
    ['P-384', onCurve('secp384r1'), 'EC'],
    ['P-521', onCurve('secp521r1'), 'EC'],
    ['secp256k1', onCurve('secp256k1'), 'EC'],
    ...[224, 256, 320, 384, 512].flatMap((bits) =>
      ['r1', 't1'].map((kind): [string, KeyPairKeyObjectResult, string] => {
        const curve = `brainpoolP${bits}${kind}`;
        return [curve, onCurve(curve), 'EC'];
      }),
    ),
    ['secp112r1', onCurve('secp112r1'), undefined],
    ['secp160r1', onCurve('secp160r1'), undefined],
    ['sect113r1', onCurve('sect113r1'), undefined],
    ['sect571r1', onCurve('sect571r1'), undefined],
    ['P-256 in so many words', onCurve('P-256', 'explicit'), undefined],
    ['Ed25519', generateKeyPairSync('ed25519'), 'Ed25519'],
    ['Ed448', generateKeyPairSync('ed448'), 'Ed448'],
    ['X25519, which signs nothing', generateKeyPairSync('x25519'), undefined],
    ['DSA', generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 }), undefined],
  ])('%s', (_, keys, family) => {
    expect(soundKey(spkiOf(keys))?.family).toBe(family);
  });

  test.each(['17', '18', '19'])('ML-DSA %s', (arc) => {
    const key = sequence(
      sequence(objectIdentifier(`2.16.840.1.101.3.4.3.${arc}`)),
      bitString(Buffer.alloc(9)),
    );
    expect(soundKey(key)?.family).toBe('ML-DSA');
  });

  test('a modulus of zeros is weak, and leading zeros do not strengthen one', () => {
    const three = Buffer.from([3]);
    expect(soundKey(rsa(Buffer.alloc(200), three))).toBeUndefined();
    expect(soundKey(rsa(Buffer.concat([Buffer.alloc(200), Buffer.alloc(100, 0xff)]), three))).toBeUndefined();
    expect(soundKey(rsa(Buffer.concat([Buffer.alloc(200), ofBits(1024)]), three))).toBeDefined();
    expect(soundKey(rsa(Buffer.concat([Buffer.from([0, 1]), Buffer.alloc(127)]), three))).toBeUndefined();
  });

  test.each([
    ['a modulus as long as may be', 16_384, f4, true],
    ['a longer one', 16_385, f4, false],
    ['a long exponent beside 3072 bits', 3072, ofBits(3000), true],
    ['a long exponent beside 3073 bits', 3073, ofBits(65), false],
    ['one that is just not long', 3073, ofBits(64), true],
    ['an exponent longer than the modulus', 2048, ofBits(2049), false],
    ['the exponent 3', 2048, Buffer.from([3]), true],
    ['the exponent 1, which every signature fits', 2048, Buffer.from([1]), false],
    ['the exponent 0', 2048, Buffer.from([0]), false],
    ['a negative exponent', 2048, Buffer.from([0x81]), false],
  ])('RSA with %s', (_, bits, exponent, sound) => {
    const padded = exponent.length > 1 ? Buffer.concat([Buffer.from([0]), exponent]) : exponent;
    expect(soundKey(rsa(ofBits(bits), padded)) !== undefined).toBe(sound);
  });

  test('a longer modulus and a longer exponent cost more, and a signature is as long as its modulus', () => {
    const unitsOf = (bits: number, exponent: Buffer): number =>
      soundKey(rsa(ofBits(bits), Buffer.concat([Buffer.from([0]), exponent])))?.units ?? 0;
    expect(unitsOf(2048, f4)).toBeLessThan(50);
    expect(unitsOf(16_384, f4)).toBeGreaterThan(1200);
    expect(unitsOf(16_384, ofBits(64))).toBeGreaterThan(4500);
    expect(unitsOf(3072, ofBits(3072))).toBeGreaterThan(6000);
    expect(soundKey(rsa(ofBits(2048), f4))?.signatureOctets).toBe(256);
    expect(soundKey(rsa(ofBits(2049), f4))?.signatureOctets).toBe(257);
  });

  test('what looks like a key and is none', () => {
    const type = (oid: string, ...parameters: readonly Buffer[]): Buffer =>
      sequence(objectIdentifier(oid), ...parameters);
    const [rsaType, ecType] = ['1.2.840.113549.1.1.1', '1.2.840.10045.2.1'];
    const key = bitString(Buffer.alloc(65, 4));
    const p256 = objectIdentifier('1.2.840.10045.3.1.7');
    expect(soundKey(sequence(type(ecType, p256), key))?.family).toBe('EC');
    for (const none of [
      Buffer.from('garbage'),
      sequence(type(rsaType)),
      sequence(type(rsaType), der(0x04, Buffer.from([0]), sequence(integer(3)))),
      sequence(type(rsaType), bitString(Buffer.from('garbage'))),
      sequence(type(rsaType), bitString(sequence(der(0x04, ofBits(2048)), integer(3)))),
      sequence(type(rsaType), bitString(sequence(der(0x02, ofBits(2048)), der(0x04, 'x')))),
      sequence(type(rsaType), bitString(sequence(der(0x02, ofBits(2048))))),
      sequence(type(ecType), key),
      sequence(type(ecType, der(0x05)), key),
      sequence(type(ecType, p256), der(0x04, 'x')),
      sequence(type('1.2.3'), key),
    ]) {
      expect(soundKey(none)).toBeUndefined();
    }
  });
});

describe('soundSignature()', () => {
  const pss = '1.2.840.113549.1.1.10';
  const hash = (type: string): Buffer => der(0xa0, sequence(objectIdentifier(type)));

  test.each<[string, Buffer, string | undefined]>([
    ['md5WithRSAEncryption', sequence(objectIdentifier('1.2.840.113549.1.1.4'), der(0x05)), undefined],
    ['sha1WithRSAEncryption', sequence(objectIdentifier('1.2.840.113549.1.1.5'), der(0x05)), undefined],
    ['ecdsa-with-SHA1', sequence(objectIdentifier('1.2.840.10045.4.1')), undefined],
    ['sha256WithRSAEncryption', sequence(objectIdentifier('1.2.840.113549.1.1.11'), der(0x05)), 'RSA'],
    ['Ed25519', sequence(objectIdentifier('1.3.101.112')), 'Ed25519'],
    ['Ed448', sequence(objectIdentifier('1.3.101.113')), 'Ed448'],
    ['ecdsa-with-SHA256', sequence(objectIdentifier('1.2.840.10045.4.3.2')), 'EC'],
    ['ecdsa-with-SHA3-256', sequence(objectIdentifier('2.16.840.1.101.3.4.3.10')), 'EC'],
    ['RSA with SHA3-512', sequence(objectIdentifier('2.16.840.1.101.3.4.3.16'), der(0x05)), 'RSA'],
    ['ML-DSA-65', sequence(objectIdentifier('2.16.840.1.101.3.4.3.18')), 'ML-DSA'],
    ['md5WithRSA of the OIW', sequence(objectIdentifier('1.3.14.3.2.3'), der(0x05)), undefined],
    ['dsaWithSHA1 of the OIW', sequence(objectIdentifier('1.3.14.3.2.27')), undefined],
    ['RSA with RIPEMD-160', sequence(objectIdentifier('1.3.36.3.3.1.2'), der(0x05)), undefined],
    ['DSA with SHA-256', sequence(objectIdentifier('2.16.840.1.101.3.4.3.2')), undefined],
    ['something nobody knows', sequence(objectIdentifier('1.2.3')), undefined],
    ['RSASSA-PSS by default', sequence(objectIdentifier(pss), sequence()), undefined],
    ['RSASSA-PSS without parameters', sequence(objectIdentifier(pss)), undefined],
    ['RSASSA-PSS with SHA-1', sequence(objectIdentifier(pss), sequence(hash('1.3.14.3.2.26'))), undefined],
    [
      'RSASSA-PSS with a salt length and no digest',
      sequence(objectIdentifier(pss), sequence(der(0xa2, integer(32)))),
      undefined,
    ],
    [
      'RSASSA-PSS whose second member looks like a digest',
      sequence(
        objectIdentifier(pss),
        sequence(der(0xa1, sequence(objectIdentifier('2.16.840.1.101.3.4.2.1')))),
      ),
      undefined,
    ],
    ['RSASSA-PSS with garbage', sequence(objectIdentifier(pss), sequence(der(0xa0, 'x'))), undefined],
    [
      'RSASSA-PSS with SHA-256',
      sequence(objectIdentifier(pss), sequence(hash('2.16.840.1.101.3.4.2.1'), der(0xa2, integer(32)))),
      'RSA',
    ],
  ])('%s: %s', (_, encoding, expected) => {
    const algorithm = readAlgorithm(readValue(encoding, derTags.sequence));
    expect(algorithm && soundSignature(algorithm)).toBe(expected);
  });
});
