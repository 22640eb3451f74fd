import { readAlgorithm } from './algorithm.ts';
import { contextTag, derTags, fewMembersOf, readTime, readUnsigned, readValue } from './der.ts';
import type { DerValue } from './der.ts';
import { nameKey, readName } from './distinguished-name.ts';
import type { DistinguishedName } from './distinguished-name.ts';
import { readExtensions } from './extensions.ts';
import type { Extensions } from './extensions.ts';
import { soundKey, soundSignature } from './strength.ts';
import type { KeyFamily, SoundKey } from './strength.ts';

/** An X.509 certificate (RFC 5280 §4.1) with the facts a path to a trust anchor depends on. Nothing is verified. */
export interface Certificate extends Extensions {
  readonly der: Uint8Array;
  /** subjectPublicKeyInfo with its tag and length: what selector 1 selects (RFC 6698 §2.1.2). */
  readonly spki: Uint8Array;
  /** 1, 2 or 3. */
  readonly version: number;
  /** Hexadecimal, as encoded. */
  readonly serialNumber: string;
  /** Its public key; undefined if it is too weak to prove anything. */
  readonly key: SoundKey | undefined;
  /** The kind of key that, according to the certificate, signed it; undefined if such a signature proves nothing. */
  readonly signedWith: KeyFamily | undefined;
  readonly signatureOctets: number;
  readonly issuer: DistinguishedName;
  readonly subject: DistinguishedName;
  /** Epoch milliseconds. */
  readonly notBefore: number;
  /** Epoch milliseconds. */
  readonly notAfter: number;
  /** Subject and issuer are the same (RFC 5280 §6.1), whichever key signed. */
  readonly selfIssued: boolean;
}

export interface Fields {
  readonly signatureAlgorithm: DerValue;
  readonly signature: DerValue;
  readonly version: number;
  readonly serialNumber: DerValue;
  readonly issuer: DerValue;
  readonly validity: DerValue;
  readonly subject: DerValue;
  readonly spki: DerValue;
  readonly extensions: DerValue | undefined;
}

/**
 * The subjectPublicKeyInfo of a certificate, whatever its key type, or undefined if `der` is no certificate. It reads
 * no further, because DANE-EE needs no more (RFC 7671 §5.1).
 */
export function readSubjectPublicKeyInfo(der: Uint8Array): Uint8Array | undefined {
  return readFields(der)?.spki.encoding;
}

/**
 * The subject of a certificate, as the key of equal names (`nameKey`), and the number of octets that had to be read for
 * it. Undefined if `der` is no certificate.
 */
export function readSubject(
  der: Uint8Array,
): { readonly octets: number; readonly key: () => string | undefined } | undefined {
  const subject = readFields(der)?.subject;
  return (
    subject && {
      octets: subject.encoding.length,
      key() {
        const name = readName(subject);
        return name && nameKey(name);
      },
    }
  );
}

/** Undefined if `der` is not exactly one certificate, or one with an extension that is malformed or doubled. */
export function parseCertificate(der: Uint8Array): Certificate | undefined {
  const fields = readFields(der);
  if (fields === undefined) return undefined;
  const issuer = readName(fields.issuer);
  const subject = readName(fields.subject);
  const [notBefore, notAfter] = (fewMembersOf(fields.validity, 2) ?? []).map(readTime);
  const signatureAlgorithm = readAlgorithm(fields.signatureAlgorithm);
  const extensions = readExtensions(fields.extensions);
  if (issuer === undefined || subject === undefined || signatureAlgorithm === undefined) return undefined;
  if (notBefore === undefined || notAfter === undefined) return undefined;
  if (extensions === undefined) return undefined;
  return {
    ...extensions,
    der,
    spki: fields.spki.encoding,
    version: fields.version,
    serialNumber: Buffer.from(fields.serialNumber.content).toString('hex'),
    key: soundKey(fields.spki.encoding),
    signedWith: soundSignature(signatureAlgorithm),
    // After the octet that counts the unused bits.
    signatureOctets: fields.signature.content.length - 1,
    issuer,
    subject,
    notBefore,
    notAfter,
    selfIssued: nameKey(issuer) === nameKey(subject),
  };
}

/** With everything that may be in it, RFC 5280 §4.1. */
const tbsMembers = 10;

/** Certificate and TBSCertificate of RFC 5280 §4.1, not read further. */
export function readFields(der: Uint8Array): Fields | undefined {
  const [tbs, signatureAlgorithm, signature] = fewMembersOf(readValue(der, derTags.sequence), 3) ?? [];
  const members = fewMembersOf(tbs, tbsMembers);
  if (members === undefined || signatureAlgorithm === undefined) return undefined;
  if (signature?.tag !== derTags.bitString) return undefined;
  const explicit = members[0]?.tag === contextTag(0) ? members[0] : undefined;
  const version = readVersion(explicit);
  const [serialNumber, , issuer, validity, subject, spki, ...rest] =
    explicit === undefined ? members : members.slice(1);
  if (version === undefined || serialNumber?.tag !== derTags.integer || spki?.tag !== derTags.sequence) {
    return undefined;
  }
  if (issuer === undefined || validity === undefined || subject === undefined) return undefined;
  // What may follow: issuerUniqueID [1], subjectUniqueID [2], extensions [3].
  if (rest.some(({ tag }) => tag !== 0x81 && tag !== 0x82 && tag !== contextTag(3))) return undefined;
  const extensions = rest.find(({ tag }) => tag === contextTag(3));
  return {
    signatureAlgorithm,
    signature,
    version,
    serialNumber,
    issuer,
    validity,
    subject,
    spki,
    extensions,
  };
}

function readVersion(explicit: DerValue | undefined): number | undefined {
  if (explicit === undefined) return 1;
  const value = readValue(explicit.content, derTags.integer);
  const version = value && readUnsigned(value);
  return version !== undefined && version <= 2 ? version + 1 : undefined;
}
