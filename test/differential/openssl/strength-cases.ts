import { constants, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyPairKeyObjectResult } from 'node:crypto';
import { der, integer, objectIdentifier, sequence } from '../../support/der-writer.ts';
import { rsaKeys, tlsaFor } from '../../support/test-ca.ts';
import type { TestCertificateOptions } from '../../support/test-ca.ts';
import { makeCase } from './case.ts';
import type { Case } from './case.ts';
import { makeIssuer, makeLeaf } from './hierarchy.ts';

type Signature = NonNullable<TestCertificateOptions['signature']>;

const onCurve = (namedCurve: string, paramEncoding: 'named' | 'explicit' = 'named'): KeyPairKeyObjectResult =>
  generateKeyPairSync('ec', { namedCurve, paramEncoding });

/** These take long to make: one of a kind does for all. */
const rsa2048 = once(() => rsaKeys(2048));
const dsa1024 = once(() => generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 }));
const dsa2048 = once(() => generateKeyPairSync('dsa', { modulusLength: 2048, divisorLength: 256 }));

function once(make: () => KeyPairKeyObjectResult): () => KeyPairKeyObjectResult {
  let made: KeyPairKeyObjectResult | undefined;
  return () => (made ??= make());
}

const curves = [
  'secp112r1',
  'secp128r1',
  'secp160r1',
  'prime192v1',
  'secp224r1',
  'secp256k1',
  'secp384r1',
  'secp521r1',
  'sect113r1',
  'sect163k1',
  'sect233k1',
  'sect571r1',
  'brainpoolP160r1',
  'brainpoolP224r1',
  'brainpoolP256r1',
  'brainpoolP512t1',
];

/** Keys of an authority; a server with most of them gets no handshake. */
const keyKinds: Readonly<Record<string, () => KeyPairKeyObjectResult>> = {
  ...Object.fromEntries(curves.map((curve) => [curve, () => onCurve(curve)])),
  'P-256 in so many words': () => onCurve('P-256', 'explicit'),
  'secp112r1 in so many words': () => onCurve('secp112r1', 'explicit'),
  Ed448: () => generateKeyPairSync('ed448'),
  'RSA-1024 with exponent 3': () => generateKeyPairSync('rsa', { modulusLength: 1024, publicExponent: 3 }),
  'RSA-4096': () => rsaKeys(4096),
  'RSA-PSS-2048': () => generateKeyPairSync('rsa-pss', { modulusLength: 2048 }),
  'DSA-1024': dsa1024,
  'DSA-2048': dsa2048,
};

const named = (type: string, ...parameters: readonly Buffer[]): Buffer =>
  sequence(objectIdentifier(type), ...parameters);
const by = (algorithm: Buffer, digest: string): Signature => ({
  algorithm,
  value: (signed, key) => sign(digest, signed, key),
});
const pss = (...parameters: readonly Buffer[]): Buffer => named('1.2.840.113549.1.1.10', ...parameters);
const hash = (type: string): Buffer => der(0xa0, named(type, der(0x05)));
const mgf = (type: string): Buffer => der(0xa1, named('1.2.840.113549.1.1.8', named(type, der(0x05))));
const byPss = (algorithm: Buffer, digest: string, saltLength: number): Signature => ({
  algorithm,
  value: (signed, key) => sign(digest, signed, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }),
});
const sha256 = '2.16.840.1.101.3.4.2.1';

/** What an authority may sign with, by the kind of its key. */
const signatures: Readonly<Record<string, readonly [keys: () => KeyPairKeyObjectResult, Signature]>> = {
  'RSA with SHA-224': [rsa2048, by(named('1.2.840.113549.1.1.14', der(0x05)), 'sha224')],
  'RSA with SHA-384': [rsa2048, by(named('1.2.840.113549.1.1.12', der(0x05)), 'sha384')],
  'RSA with SHA-512': [rsa2048, by(named('1.2.840.113549.1.1.13', der(0x05)), 'sha512')],
  'RSA with SHA3-256': [rsa2048, by(named('2.16.840.1.101.3.4.3.14', der(0x05)), 'sha3-256')],
  'RSA with SHA-1': [rsa2048, by(named('1.2.840.113549.1.1.5', der(0x05)), 'sha1')],
  'RSA with SHA-1 of the OIW': [rsa2048, by(named('1.3.14.3.2.29', der(0x05)), 'sha1')],
  'RSA with MD5': [rsa2048, by(named('1.2.840.113549.1.1.4', der(0x05)), 'md5')],
  'RSA with MD5 of the OIW': [rsa2048, by(named('1.3.14.3.2.3', der(0x05)), 'md5')],
  'RSA with RIPEMD-160': [rsa2048, by(named('1.3.36.3.3.1.2', der(0x05)), 'ripemd160')],
  'RSA-PSS with SHA-256': [
    rsa2048,
    byPss(pss(sequence(hash(sha256), mgf(sha256), der(0xa2, integer(32)))), 'sha256', 32),
  ],
  'RSA-PSS with SHA-1': [rsa2048, byPss(pss(sequence()), 'sha1', 20)],
  'ECDSA with SHA-224': [() => onCurve('P-256'), by(named('1.2.840.10045.4.3.1'), 'sha224')],
  'ECDSA with SHA-384': [() => onCurve('P-256'), by(named('1.2.840.10045.4.3.3'), 'sha384')],
  'ECDSA with SHA-512': [() => onCurve('P-256'), by(named('1.2.840.10045.4.3.4'), 'sha512')],
  'ECDSA with SHA3-256': [() => onCurve('P-256'), by(named('2.16.840.1.101.3.4.3.10'), 'sha3-256')],
  'ECDSA with SHA-1': [() => onCurve('P-256'), by(named('1.2.840.10045.4.1'), 'sha1')],
  'DSA with SHA-256': [dsa2048, by(named('2.16.840.1.101.3.4.3.2'), 'sha256')],
  'DSA with SHA-1': [dsa1024, by(named('1.2.840.10040.4.3'), 'sha1')],
  'DSA with SHA-1 of the OIW': [dsa1024, by(named('1.3.14.3.2.27'), 'sha1')],
  'an algorithm nobody knows': [() => onCurve('P-256'), by(named('1.2.3.4'), 'sha256')],
};

/** What proves something, and what is too weak to: keys of authorities, and how they sign. */
export function strengthCases(): Case[] {
  return [
    ...Object.entries(keyKinds).flatMap(([title, makeKeys]) => {
      const root = makeIssuer('Root');
      const keys = makeKeys();
      const signature = signatureBy(keys);
      const issuer = makeIssuer('Issuer', { keys }, root);
      const leaf = makeLeaf(signature, issuer);
      return [
        makeCase(`key ${title}: 2 1 1 of the root above it`, leaf, [issuer, root], [tlsaFor(root, '2 1 1')]),
        makeCase(`key ${title}: 2 0 1 of it`, leaf, [issuer], [tlsaFor(issuer, '2 0 1')]),
        makeCase(`key ${title}: 2 0 0 of it, not sent`, leaf, [], [tlsaFor(issuer, '2 0 0')]),
        makeCase(`key ${title}: 2 1 0 of it, not sent`, leaf, [], [tlsaFor(issuer, '2 1 0')]),
      ];
    }),
    ...Object.entries(signatures).flatMap(([title, [makeKeys, signature]]) => {
      const root = makeIssuer('Root', { keys: makeKeys(), signature });
      const issuer = makeIssuer('Issuer', { signature }, root);
      const below = makeLeaf({}, issuer);
      const direct = makeLeaf({ signature }, root);
      return [
        makeCase(`signed by ${title}: authority, 2 1 1`, below, [issuer, root], [tlsaFor(root, '2 1 1')]),
        makeCase(`signed by ${title}: leaf, 2 1 1`, direct, [root], [tlsaFor(root, '2 1 1')]),
        makeCase(`signed by ${title}: anchor, 2 1 1`, below, [issuer, root], [tlsaFor(issuer, '2 1 1')]),
      ];
    }),
  ];
}

/** With keys for which the test CA knows no usual signature. */
function signatureBy({ privateKey }: KeyPairKeyObjectResult): { readonly signature?: Signature } {
  const unusual: Readonly<Record<string, Signature>> = {
    ed448: { algorithm: named('1.3.101.113'), value: (signed, key) => sign(null, signed, key) },
    dsa: by(named('2.16.840.1.101.3.4.3.2'), 'sha256'),
    'rsa-pss': byPss(pss(sequence(hash(sha256), mgf(sha256), der(0xa2, integer(32)))), 'sha256', 32),
  };
  const signature = unusual[privateKey.asymmetricKeyType ?? ''];
  return signature === undefined ? {} : { signature };
}
