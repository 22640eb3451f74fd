import { createHash } from 'node:crypto';
import { BitString, type BaseBlock, OctetString } from 'asn1js';
import { AuthorityKeyIdentifier, BasicConstraints, ExtKeyUsage, Extension, type PublicKeyInfo } from 'pkijs';
import { alternativeNames, constraints, type ShownNames } from './shown-names.ts';

const serverAuth = '1.3.6.1.5.5.7.3.1';

/** Bits of keyUsage, the first one first (RFC 5280 §4.2.1.3). */
const usages = { digitalSignature: 0x80, keyEncipherment: 0x20, keyCertSign: 0x04, cRLSign: 0x02 } as const;

/** Extensions of an authority that vouches for servers with these names, and for no authorities. */
export function authorityExtensions(key: PublicKeyInfo, shown: ShownNames): Extension[] {
  return [
    extension('2.5.29.19', true, new BasicConstraints({ cA: true, pathLenConstraint: 0 })),
    keyUsage(usages.keyCertSign | usages.cRLSign),
    extension('2.5.29.37', false, new ExtKeyUsage({ keyPurposes: [serverAuth] })),
    extension('2.5.29.30', true, constraints(shown)),
    subjectKeyIdentifier(key),
  ];
}

/** Extensions of a server with these names. */
export function serverExtensions(
  key: PublicKeyInfo,
  authorityKeyId: Uint8Array,
  shown: ShownNames,
): Extension[] {
  const keyIdentifier = new OctetString({ valueHex: authorityKeyId });
  return [
    extension('2.5.29.19', true, new BasicConstraints({ cA: false })),
    ...requestedExtensions(key, shown),
    subjectKeyIdentifier(key),
    extension('2.5.29.35', false, new AuthorityKeyIdentifier({ keyIdentifier })),
  ];
}

/** What a request for a certificate asks for; the rest is up to the authority. */
export function requestedExtensions(key: PublicKeyInfo, shown: ShownNames): Extension[] {
  const isRsa = key.algorithm.algorithmId === '1.2.840.113549.1.1.1';
  return [
    // RSA keys decipher too, where TLS 1.2 has no forward secrecy.
    keyUsage(usages.digitalSignature | (isRsa ? usages.keyEncipherment : 0)),
    extension('2.5.29.37', false, new ExtKeyUsage({ keyPurposes: [serverAuth] })),
    extension('2.5.29.17', false, alternativeNames(shown)),
  ];
}

/** RFC 5280 §4.2.1.2, method 1. */
export function keyIdOf(key: PublicKeyInfo): Uint8Array<ArrayBuffer> {
  const digest = createHash('sha1').update(key.subjectPublicKey.valueBlock.valueHexView).digest();
  return Uint8Array.from(digest);
}

function subjectKeyIdentifier(key: PublicKeyInfo): Extension {
  return raw('2.5.29.14', false, new OctetString({ valueHex: keyIdOf(key) }));
}

function keyUsage(bits: number): Extension {
  const unusedBits = 31 - Math.clz32(bits & -bits);
  return raw('2.5.29.15', true, new BitString({ valueHex: Uint8Array.of(bits), unusedBits }));
}

function extension(extnID: string, critical: boolean, value: { toSchema(): object }): Extension {
  return raw(extnID, critical, value.toSchema() as BaseBlock);
}

function raw(extnID: string, critical: boolean, value: BaseBlock): Extension {
  return new Extension({ extnID, critical, extnValue: value.toBER(false) });
}
