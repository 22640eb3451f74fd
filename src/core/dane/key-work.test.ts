import { ECDH, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { bitString, der, integer, objectIdentifier, sequence } from '../../../test/support/der-writer.ts';
import { keyWork } from './key-work.ts';
import { extentAt } from './octet-walk.ts';
import { soundKey } from './strength.ts';

function workOf(spki: Buffer): ReturnType<typeof keyWork> {
  const extent = extentAt(spki, 0, spki.length);
  if (extent === undefined) throw new Error('no value');
  return keyWork(spki, extent);
}

const made = {
  'RSA-2048': () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  'RSA-4096': () => generateKeyPairSync('rsa', { modulusLength: 4096 }),
  Ed25519: () => generateKeyPairSync('ed25519'),
  Ed448: () => generateKeyPairSync('ed448'),
  ...Object.fromEntries(
    ['P-256', 'P-384', 'P-521', 'secp256k1', 'brainpoolP256r1', 'brainpoolP384t1', 'brainpoolP512r1'].map(
      (namedCurve) => [namedCurve, () => generateKeyPairSync('ec', { namedCurve })],
    ),
  ),
};

test.each(Object.keys(made))('%s costs what it costs in a judgement', (title) => {
  const spki = made[title as keyof typeof made]().publicKey.export({ type: 'spki', format: 'der' });
  expect(workOf(spki)).toEqual({ reading: 0, use: soundKey(spki)?.units });
});

const identifier = (type: string, ...parameters: readonly Buffer[]): Buffer =>
  sequence(objectIdentifier(type), ...parameters);
const ecPublicKey = '1.2.840.10045.2.1';
const rsa = (modulusOctets: number, exponentOctets: number): Buffer =>
  sequence(
    identifier('1.2.840.113549.1.1.1', der(0x05)),
    bitString(
      sequence(der(0x02, Buffer.alloc(modulusOctets, 0x7f)), der(0x02, Buffer.alloc(exponentOctets, 0x7f))),
    ),
  );

describe('what is odd costs more', () => {
  test('an exponent counts as far as OpenSSL takes it', () => {
    expect(workOf(rsa(384, 383)).use).toBeGreaterThan(12_000);
    expect(workOf(rsa(385, 384)).use).toBeLessThan(500);
    expect(workOf(rsa(2048, 8)).use).toBeGreaterThan(7_000);
    expect(workOf(rsa(50_000, 8)).use).toBe(workOf(rsa(2049, 8)).use);
  });

  test('a point that is compressed', () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'secp224r1' });
    const point = publicKey.export({ type: 'spki', format: 'der' }).subarray(-57);
    const short = ECDH.convertKey(point, 'secp224r1', undefined, undefined, 'compressed') as Buffer;
    const spki = sequence(identifier(ecPublicKey, objectIdentifier('1.3.132.0.33')), bitString(short));
    expect(workOf(spki)).toEqual({ reading: 800, use: 600 });
  });

  test.each<[string, Buffer]>([
    ['a binary curve', identifier(ecPublicKey, objectIdentifier('1.3.132.0.38'))],
    ['a curve that nobody knows', identifier(ecPublicKey, objectIdentifier('1.2.3'))],
    ['no curve', identifier(ecPublicKey, der(0x05))],
    ['an algorithm that nobody knows', identifier('1.2.3')],
  ])('%s', (_, algorithm) => {
    expect(workOf(sequence(algorithm, bitString(Buffer.of(4, 1, 2)))).use).toBe(8_000);
  });

  const described = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    paramEncoding: 'explicit',
  }).publicKey.export({ type: 'spki', format: 'der' });
  test.each<[string, Buffer]>([
    ['a curve that is described', described],
    [
      'the same with another algorithm',
      sequence(
        identifier('1.2.156.10197.1.301', sequence(integer(1), identifier('1.2.840.10045.1.1', integer(23)))),
        bitString(Buffer.of(4)),
      ),
    ],
    ['a key in pieces', sequence(identifier('1.2.840.113549.1.1.1'), der(0x23, bitString(Buffer.alloc(9))))],
    ['no key', sequence(identifier('1.2.3'))],
    ['three members', sequence(identifier('1.2.3'), bitString(Buffer.alloc(1)), der(0x05))],
  ])('there is no bound for %s', (_, spki) => {
    expect(workOf(spki)).toEqual({ reading: Infinity, use: Infinity });
  });

  test('DSA by the size of its parameters', () => {
    const dsa = (octets: number): Buffer =>
      sequence(
        identifier('1.2.840.10040.4.1', sequence(der(0x02, Buffer.alloc(octets)))),
        bitString(Buffer.alloc(9)),
      );
    expect(workOf(dsa(2532)).use).toBe(15_100);
    expect(workOf(dsa(600)).use).toBeLessThan(4_000);
  });
});
