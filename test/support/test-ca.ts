import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject, KeyPairKeyObjectResult } from 'node:crypto';
import { membersOf, readValue } from '../../src/core/dane/der.ts';
import type { TlsaRecord } from '../../src/core/dns/record.ts';
import {
  bitString,
  boolean,
  der,
  integer,
  namedBits,
  objectIdentifier,
  sequence,
  set,
  time,
} from './der-writer.ts';

/** A certificate made for a test, and what it takes to issue others with it. */
export interface TestCertificate {
  readonly der: Buffer;
  readonly spki: Buffer;
  /** Encoded subject. */
  readonly subject: Buffer;
  readonly keys: KeyPairKeyObjectResult;
}

/** Epoch milliseconds at which the certificates of a test are looked at. */
export const now = Date.UTC(2026, 10, 21);
export const day = 24 * 60 * 60 * 1000;

export const purposes = {
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  any: '2.5.29.37.0',
  /** Server Gated Crypto. */
  gatedByMicrosoft: '1.3.6.1.4.1.311.10.3.3',
} as const;

export const keyUsageBits = { digitalSignature: 0, keyEncipherment: 2, keyCertSign: 5, cRLSign: 6 } as const;

export interface TestCertificateOptions {
  /** Common Name, or a whole encoded Name. */
  readonly subject?: string | Buffer;
  /** dNSName subject alternative names. */
  readonly names?: readonly string[];
  /** Encoded GeneralNames, after `names`. */
  readonly altNames?: readonly Buffer[];
  /** basicConstraints; absent: no such extension. */
  readonly ca?: boolean | undefined;
  readonly pathLength?: number;
  /** Numbers of bits; absent: no such extension. */
  readonly keyUsage?: readonly number[] | undefined;
  readonly extendedKeyUsage?: readonly string[];
  /** Encoded GeneralNames: the bases of the subtrees. */
  readonly nameConstraints?: {
    readonly permitted?: readonly Buffer[];
    readonly excluded?: readonly Buffer[];
  };
  /** Put in as they are. */
  readonly extensions?: readonly Buffer[];
  /** subjectKeyIdentifier and authorityKeyIdentifier; default as the keys are. */
  readonly keyIds?: boolean;
  /** Epoch milliseconds; default 30 days around `now`. */
  readonly notBefore?: number;
  readonly notAfter?: number;
  /** Default a new key on P-256. */
  readonly keys?: KeyPairKeyObjectResult;
  readonly digest?: 'sha256' | 'sha1' | 'md5';
  /** Shown instead of the public key of `keys`. */
  readonly spki?: Buffer;
  /** Put in instead of the usual one: an encoded AlgorithmIdentifier, and octets or how to make them. */
  readonly signature?: {
    readonly algorithm: Buffer;
    readonly value: Uint8Array | ((signed: Buffer, key: KeyObject) => Buffer);
  };
  /** Default 3; version 1 has no extensions. */
  readonly version?: 1 | 3;
}

let serial = 0x1000;

/** Makes a certificate signed by `issuer`, whatever that may sign, or by its own key. */
export function makeCertificate(options: TestCertificateOptions, issuer?: TestCertificate): TestCertificate {
  const keys = options.keys ?? ecKeys();
  const spki = options.spki ?? keys.publicKey.export({ type: 'spki', format: 'der' });
  const subject = nameOf(options.subject ?? options.names?.[0] ?? 'test');
  const signer = issuer ?? { subject, spki, keys };
  const digest = options.digest ?? 'sha256';
  const algorithm = options.signature?.algorithm ?? signatureAlgorithm(signer.keys.privateKey, digest);
  const version3 = options.version !== 1;
  serial += 1;
  const tbs = sequence(
    ...(version3 ? [der(0xa0, integer(2))] : []),
    integer(serial),
    algorithm,
    signer.subject,
    sequence(time(options.notBefore ?? now - 30 * day), time(options.notAfter ?? now + 30 * day)),
    subject,
    spki,
    ...(version3 ? [der(0xa3, sequence(...extensionsOf(options, spki, signer.spki)))] : []),
  );
  const { privateKey } = signer.keys;
  const hash = privateKey.asymmetricKeyType?.startsWith('ed') === true ? null : digest;
  const { value } = options.signature ?? {};
  const signature =
    typeof value === 'function' ? value(tbs, privateKey) : (value ?? sign(hash, tbs, privateKey));
  return { der: sequence(tbs, algorithm, bitString(signature)), spki, subject, keys };
}

/** A certification authority: CA:TRUE and keyCertSign. */
export function makeAuthority(
  subject: string,
  options: TestCertificateOptions = {},
  issuer?: TestCertificate,
): TestCertificate {
  const keyUsage = [keyUsageBits.keyCertSign, keyUsageBits.cRLSign];
  return makeCertificate({ subject, ca: true, keyUsage, ...options }, issuer);
}

export function ecKeys(): KeyPairKeyObjectResult {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

export function rsaKeys(modulusLength: number): KeyPairKeyObjectResult {
  return generateKeyPairSync('rsa', { modulusLength });
}

export function pemOf(certificate: Uint8Array): string {
  // No empty line at the end where the last one is full: OpenSSL would not read that.
  const lines =
    Buffer.from(certificate)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

/** The private key in PKCS #8. */
export function keyPemOf({ keys }: Pick<TestCertificate, 'keys'>): string {
  return keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** The same certificate with a key of an algorithm that nobody knows, and so with a signature that is not good. */
export function withUnknownKey({ der: encoding, spki }: TestCertificate): { der: Buffer; spki: Buffer } {
  const [unknown, altered] = [Buffer.from(spki), Buffer.from(encoding)];
  // One octet of the object identifier; every length stays.
  unknown[5] = 0x7f;
  unknown.copy(altered, altered.indexOf(spki));
  return { der: altered, spki: unknown };
}

/** A TLSA record for a certificate; `parameters` as in a master file: `3 1 1`. */
export function tlsaFor(certificate: Pick<TestCertificate, 'der' | 'spki'>, parameters: string): TlsaRecord {
  const [usage = 0, selector = 0, matching = 0] = parameters.split(' ').map(Number);
  const selected = selector === 1 ? certificate.spki : certificate.der;
  const digest = matching === 2 ? 'sha512' : 'sha256';
  const data = matching === 0 ? selected : createHash(digest).update(selected).digest();
  return { usage, selector, matching, data };
}

/** An encoded Name: attribute types in dotted text, values in UTF-8 or encoded already. */
export function name(...attributes: readonly (readonly [type: string, value: string | Buffer])[]): Buffer {
  return sequence(
    ...attributes.map(([type, value]) =>
      set(sequence(objectIdentifier(type), typeof value === 'string' ? der(0x0c, value) : value)),
    ),
  );
}

export const attributeTypes = {
  commonName: '2.5.4.3',
  organization: '2.5.4.10',
  country: '2.5.4.6',
} as const;

/** Encoded GeneralNames. */
export const generalName = {
  mail: (text: string): Buffer => der(0x81, text),
  dns: (text: string): Buffer => der(0x82, text),
  directory: (encodedName: Buffer): Buffer => der(0xa4, encodedName),
  uri: (text: string): Buffer => der(0x86, text),
  /** The octets of an address, or of address and mask. */
  address: (...octets: readonly number[]): Buffer => der(0x87, Buffer.from(octets)),
} as const;

export function extension(type: string, critical: boolean, value: Uint8Array): Buffer {
  return sequence(objectIdentifier(type), ...(critical ? [boolean(true)] : []), der(0x04, value));
}

function nameOf(subject: string | Buffer): Buffer {
  return typeof subject === 'string' ? name([attributeTypes.commonName, subject]) : subject;
}

function extensionsOf(options: TestCertificateOptions, spki: Buffer, issuerSpki: Buffer): Buffer[] {
  const { ca, pathLength, keyUsage, extendedKeyUsage, nameConstraints } = options;
  const made: Buffer[] = [];
  const altNames = [...(options.names ?? []).map(generalName.dns), ...(options.altNames ?? [])];
  if (altNames.length > 0) made.push(extension('2.5.29.17', false, sequence(...altNames)));
  if (ca !== undefined) {
    const members = [
      ...(ca ? [boolean(true)] : []),
      ...(pathLength === undefined ? [] : [integer(pathLength)]),
    ];
    made.push(extension('2.5.29.19', true, sequence(...members)));
  }
  if (keyUsage !== undefined) made.push(extension('2.5.29.15', true, namedBits(keyUsage)));
  if (extendedKeyUsage !== undefined) {
    made.push(extension('2.5.29.37', false, sequence(...extendedKeyUsage.map(objectIdentifier))));
  }
  if (nameConstraints !== undefined) made.push(constraintsExtension(nameConstraints));
  if (options.keyIds !== false) {
    made.push(extension('2.5.29.14', false, der(0x04, keyId(spki))));
    made.push(extension('2.5.29.35', false, sequence(der(0x80, keyId(issuerSpki)))));
  }
  return [...made, ...(options.extensions ?? [])];
}

function constraintsExtension(constraints: NonNullable<TestCertificateOptions['nameConstraints']>): Buffer {
  const subtrees = (tag: number, bases: readonly Buffer[] = []): Buffer[] =>
    bases.length === 0 ? [] : [der(tag, ...bases.map((base) => sequence(base)))];
  const lists = [...subtrees(0xa0, constraints.permitted), ...subtrees(0xa1, constraints.excluded)];
  return extension('2.5.29.30', true, sequence(...lists));
}

/** RFC 5280 §4.2.1.2, method 1. */
function keyId(spki: Buffer): Buffer {
  const [, key] = membersOf(readValue(spki, 0x30)) ?? [];
  return createHash('sha1')
    .update(key?.content.subarray(1) ?? spki)
    .digest();
}

function signatureAlgorithm({ asymmetricKeyType }: KeyObject, digest: 'sha256' | 'sha1' | 'md5'): Buffer {
  if (asymmetricKeyType === 'ed25519') return sequence(objectIdentifier('1.3.101.112'));
  if (asymmetricKeyType === 'rsa') {
    const type = `1.2.840.113549.1.1.${{ sha256: 11, sha1: 5, md5: 4 }[digest]}`;
    return sequence(objectIdentifier(type), der(0x05));
  }
  return sequence(objectIdentifier(digest === 'sha1' ? '1.2.840.10045.4.1' : '1.2.840.10045.4.3.2'));
}
