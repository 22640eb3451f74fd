import { generateKeyPairSync } from 'node:crypto';
import type { KeyPairKeyObjectResult } from 'node:crypto';
import { der, objectIdentifier, sequence } from '../../support/der-writer.ts';
import {
  attributeTypes,
  day,
  extension,
  generalName,
  keyUsageBits,
  name,
  now,
  purposes,
  rsaKeys,
} from '../../support/test-ca.ts';
import type { TestCertificate, TestCertificateOptions } from '../../support/test-ca.ts';
import { host } from './case.ts';

/** In what a certificate differs from a sound one of its kind. */
export interface Trait extends TestCertificateOptions {
  /** The signature is not that of the issuer. */
  readonly tampered?: boolean;
}

/** Made with the issuer at hand; none for a self-signed certificate. */
export type MakeTrait = (issuer: TestCertificate | undefined) => Trait;

const made = new Map<string, KeyPairKeyObjectResult>();
const makers = {
  'P-384': () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  Ed25519: () => generateKeyPairSync('ed25519'),
  'RSA-2048': () => rsaKeys(2048),
  'RSA-1024': () => rsaKeys(1024),
  'RSA-1016': () => rsaKeys(1016),
  'RSA-768': () => rsaKeys(768),
} as const;

/** RSA keys take long to make: one of a kind does for all. */
function keysOf(kind: keyof typeof makers): KeyPairKeyObjectResult {
  const keys = made.get(kind) ?? makers[kind]();
  made.set(kind, keys);
  return keys;
}

const keyUsage = (...names: readonly (keyof typeof keyUsageBits)[]): Trait => ({
  keyUsage: names.map((each) => keyUsageBits[each]),
});
const criticalPurposes = (...types: readonly string[]): Trait => ({
  extensions: [extension('2.5.29.37', true, sequence(...types.map(objectIdentifier)))],
});
const unknown = (critical: boolean): Trait => ({
  extensions: [extension('1.2.3.4.5', critical, der(0x05))],
});
const passedOver = (type: string, value: Buffer): Trait => ({ extensions: [extension(type, true, value)] });
const anyPolicy = sequence(sequence(objectIdentifier('2.5.29.32.0')));

/** What any certificate may have. */
const commonTraits: Readonly<Record<string, MakeTrait>> = {
  sound: () => ({}),
  expired: () => ({ notBefore: now - 60 * day, notAfter: now - day }),
  'not yet valid': () => ({ notBefore: now + day, notAfter: now + 60 * day }),
  'expired a second ago': () => ({ notAfter: now - 1000 }),
  'valid from this second': () => ({ notBefore: now }),
  'valid to the next second': () => ({ notAfter: now + 1000 }),
  'valid to this second': () => ({ notAfter: now }),
  'valid to 2060': () => ({ notAfter: Date.UTC(2060, 0) }),
  'valid from after its end': () => ({ notBefore: now + day, notAfter: now - day }),
  'bad signature': () => ({ tampered: true }),
  'SHA-1': () => ({ digest: 'sha1' }),
  'P-384': () => ({ keys: keysOf('P-384') }),
  Ed25519: () => ({ keys: keysOf('Ed25519') }),
  'RSA-2048': () => ({ keys: keysOf('RSA-2048') }),
  'RSA-1024': () => ({ keys: keysOf('RSA-1024') }),
  'RSA-1016': () => ({ keys: keysOf('RSA-1016') }),
  'RSA-768': () => ({ keys: keysOf('RSA-768') }),
  'for servers': () => ({ extendedKeyUsage: [purposes.serverAuth] }),
  'for clients': () => ({ extendedKeyUsage: [purposes.clientAuth] }),
  'for servers and clients': () => ({ extendedKeyUsage: [purposes.clientAuth, purposes.serverAuth] }),
  'for anything': () => ({ extendedKeyUsage: [purposes.any] }),
  'for anything and servers': () => ({ extendedKeyUsage: [purposes.any, purposes.serverAuth] }),
  'for mail': () => ({ extendedKeyUsage: ['1.3.6.1.5.5.7.3.4'] }),
  'for gated cryptography of Microsoft': () => ({ extendedKeyUsage: ['1.3.6.1.4.1.311.10.3.3'] }),
  'for gated cryptography of Netscape': () => ({ extendedKeyUsage: ['2.16.840.1.113730.4.1'] }),
  'for something nobody knows': () => ({ extendedKeyUsage: ['1.2.3.4.5'] }),
  'for servers, critical': () => criticalPurposes(purposes.serverAuth),
  'for clients, critical': () => criticalPurposes(purposes.clientAuth),
  'unknown extension': () => unknown(false),
  'unknown critical extension': () => unknown(true),
  'critical policies': () => passedOver('2.5.29.32', anyPolicy),
  'critical policy constraints': () => passedOver('2.5.29.36', sequence(der(0x80, Buffer.from([0])))),
  'critical inhibit anyPolicy': () => passedOver('2.5.29.54', der(0x02, Buffer.from([0]))),
  'critical CRL distribution points': () =>
    passedOver('2.5.29.31', sequence(sequence(der(0xa0, der(0xa0, generalName.uri('http://crl.test/')))))),
  'critical issuer alternative name': () => passedOver('2.5.29.18', sequence(generalName.dns('ca.test'))),
  'critical authority information': () =>
    passedOver(
      '1.3.6.1.5.5.7.1.1',
      sequence(sequence(objectIdentifier('1.3.6.1.5.5.7.48.1'), generalName.uri('http://ocsp.test/'))),
    ),
  'version 1': () => ({ version: 1 }),
  'no key identifiers': () => ({ keyIds: false }),
  'wrong authority key identifier': () => ({
    keyIds: false,
    extensions: [extension('2.5.29.35', false, sequence(der(0x80, Buffer.alloc(20, 7))))],
  }),
  'alternative name without a name': () => ({ extensions: [extension('2.5.29.17', false, sequence())] }),
  'malformed alternative name': () => ({ extensions: [extension('2.5.29.17', false, der(0x04))] }),
  'malformed key usage': () => ({
    keyUsage: undefined,
    extensions: [extension('2.5.29.15', true, der(0x04))],
  }),
  'malformed extended key usage': () => ({ extensions: [extension('2.5.29.37', false, der(0x04))] }),
  'malformed basic constraints': () => ({
    ca: undefined,
    extensions: [extension('2.5.29.19', true, der(0x04))],
  }),
  'malformed name constraints': () => ({ extensions: [extension('2.5.29.30', true, der(0x04))] }),
  'malformed key identifier': () => ({
    keyIds: false,
    extensions: [extension('2.5.29.14', false, der(0x05))],
  }),
  'basic constraints twice': () => ({
    extensions: [extension('2.5.29.19', true, sequence(der(0x01, Buffer.from([0xff]))))],
  }),
};

/** What an authority may have. */
export const authorityTraits: Readonly<Record<string, MakeTrait>> = {
  ...commonTraits,
  'CA:FALSE': () => ({ ca: false }),
  'CA:FALSE without key usage': () => ({ ca: false, keyUsage: undefined }),
  'no basic constraints': () => ({ ca: undefined }),
  'no basic constraints, no key usage': () => ({ ca: undefined, keyUsage: undefined }),
  'no basic constraints, keyCertSign': () => ({ ca: undefined, ...keyUsage('keyCertSign') }),
  'no basic constraints, digitalSignature': () => ({ ca: undefined, ...keyUsage('digitalSignature') }),
  'no key usage': () => ({ keyUsage: undefined }),
  'no keyCertSign': () => keyUsage('cRLSign', 'digitalSignature'),
  'keyCertSign and more': () => keyUsage('keyCertSign', 'digitalSignature', 'keyEncipherment'),
  'path length 0': () => ({ pathLength: 0 }),
  'path length 1': () => ({ pathLength: 1 }),
  'path length 2': () => ({ pathLength: 2 }),
  'path length 0, CA:FALSE': () => ({ ca: false, pathLength: 0 }),
  'permits the host': () => ({ nameConstraints: { permitted: [generalName.dns(host)] } }),
  'permits the domain': () => ({ nameConstraints: { permitted: [generalName.dns('example.test')] } }),
  'permits another domain': () => ({ nameConstraints: { permitted: [generalName.dns('other.test')] } }),
  'excludes the domain': () => ({ nameConstraints: { excluded: [generalName.dns('example.test')] } }),
  'excludes another domain': () => ({ nameConstraints: { excluded: [generalName.dns('other.test')] } }),
  'excludes every address': () => ({
    nameConstraints: {
      excluded: [generalName.address(0, 0, 0, 0, 0, 0, 0, 0), generalName.address(...Array(32).fill(0))],
    },
  }),
  'name of its issuer': (issuer) => (issuer === undefined ? {} : { subject: issuer.subject }),
  'name of its issuer, path length 0': (issuer) =>
    issuer === undefined ? { pathLength: 0 } : { subject: issuer.subject, pathLength: 0 },
  'name of three parts': () => ({
    subject: name(
      [attributeTypes.country, der(0x13, 'DE')],
      [attributeTypes.organization, 'An Organization'],
      [attributeTypes.commonName, 'An Authority'],
    ),
  }),
};

/** What the certificate of a server may have. */
export const leafTraits: Readonly<Record<string, MakeTrait>> = {
  ...commonTraits,
  'CA:TRUE': () => ({ ca: true }),
  'CA:FALSE': () => ({ ca: false }),
  'CA:TRUE and keyCertSign alone': () => ({ ca: true, ...keyUsage('keyCertSign') }),
  'digitalSignature alone': () => keyUsage('digitalSignature'),
  'keyEncipherment alone': () => keyUsage('keyEncipherment'),
  'keyAgreement alone': () => ({ keyUsage: [4] }),
  'nonRepudiation alone': () => ({ keyUsage: [1] }),
  'keyCertSign alone': () => keyUsage('keyCertSign'),
  'cRLSign alone': () => keyUsage('cRLSign'),
  'no key usage bit': () => ({ keyUsage: [] }),
  'no subject': () => ({ subject: name() }),
  'mail address in the subject': () => ({
    subject: name(['1.2.840.113549.1.9.1', der(0x16, 'root@example.test')]),
  }),
  'name of its issuer': (issuer) => (issuer === undefined ? {} : { subject: issuer.subject }),
};
