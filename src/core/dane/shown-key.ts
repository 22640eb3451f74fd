import { readAlgorithm } from './algorithm.ts';
import { readFields } from './certificate.ts';
import { bitLength, derTags, fewMembersOf, readObjectIdentifier, readValue } from './der.ts';

/** Kind and size of a public key, in the words of OpenSSL. */
export interface ShownKey {
  readonly type: string;
  readonly bits?: number;
  readonly curve?: string;
}

/** RFC 5480 §2.1.1.1. */
const curves: ReadonlyMap<string, string> = new Map([
  ['1.2.840.10045.3.1.7', 'prime256v1'],
  ['1.3.132.0.34', 'secp384r1'],
  ['1.3.132.0.35', 'secp521r1'],
]);

/** The key of a certificate, for those kinds that nearly all mail hosts have; undefined for others. */
export function readShownKey(der: Uint8Array): ShownKey | undefined {
  const [identifier, key] = fewMembersOf(readFields(der)?.spki, 2) ?? [];
  const { algorithm, parameters } = readAlgorithm(identifier) ?? {};
  if (key?.tag !== derTags.bitString) return undefined;
  switch (algorithm) {
    case '1.2.840.113549.1.1.1': {
      const [modulus] = fewMembersOf(readValue(key.content.subarray(1), derTags.sequence), 2) ?? [];
      if (modulus?.tag !== derTags.integer || (modulus.content[0] ?? 0x80) >= 0x80) return undefined;
      return { type: 'rsa', bits: bitLength(modulus.content) };
    }
    case '1.2.840.10045.2.1': {
      const curve = curves.get(readObjectIdentifier(parameters) ?? '');
      return curve === undefined ? undefined : { type: 'ec', curve };
    }
    case '1.3.101.112':
      return { type: 'ed25519' };
    case undefined:
    default:
      return undefined;
  }
}
