import { randomBytes } from 'node:crypto';
import { Integer } from 'asn1js';
import {
  Attribute,
  Certificate,
  CertificationRequest,
  type Extension,
  Extensions,
  type PublicKeyInfo,
  type RelativeDistinguishedNames,
  Time,
  TimeType,
} from 'pkijs';
import { authorityExtensions, keyIdOf, requestedExtensions, serverExtensions } from './extensions.ts';
import { pemOf } from './pem.ts';
import { publicKeyOf, signingKey } from './private-key.ts';
import type { ShownNames } from './shown-names.ts';
import { authoritySubject, serverSubject } from './subject.ts';
import { readAuthority } from './read-authority.ts';

export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** A certificate and its key, both in PEM. */
export interface Credentials {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

/**
 * A certificate of an authority, in PEM. The authority may vouch for these names, for names below them, for these
 * addresses and for private addresses.
 *
 * @param hostname shown in its subject, for people
 */
export async function makeAuthority(
  privateKeyPem: string,
  hostname: string,
  shown: ShownNames,
  validity: Validity,
): Promise<string> {
  const key = publicKeyOf(privateKeyPem);
  const subject = authoritySubject(hostname, keyIdOf(key));
  return sign(
    { key, subject, issuer: subject, validity, extensions: authorityExtensions(key, shown) },
    privateKeyPem,
  );
}

/**
 * A certificate, in PEM, for a server with these names. Throws CertificateError if `authority` is none, or if its key
 * cannot be used.
 */
export async function issueCertificate(
  authority: Credentials,
  privateKeyPem: string,
  shown: ShownNames,
  validity: Validity,
): Promise<string> {
  const issuer = readAuthority(authority.certificatePem);
  const key = publicKeyOf(privateKeyPem);
  const subject = serverSubject(shown.names);
  const extensions = serverExtensions(key, issuer.keyId, shown);
  return sign({ key, subject, issuer: issuer.subject, validity, extensions }, authority.privateKeyPem);
}

/** A request for a certificate (RFC 2986), in PEM, for a server with these names. */
export async function makeRequest(privateKeyPem: string, shown: ShownNames): Promise<string> {
  const request = new CertificationRequest();
  const key = publicKeyOf(privateKeyPem);
  request.subject = serverSubject(shown.names);
  request.subjectPublicKeyInfo = key;
  const extensions = requestedExtensions(key, shown);
  // RFC 2985 §5.4.2: extensionRequest
  const type = '1.2.840.113549.1.9.14';
  request.attributes = [new Attribute({ type, values: [new Extensions({ extensions }).toSchema()] })];
  await request.sign(await signingKey(privateKeyPem), 'SHA-256');
  return pemOf('CERTIFICATE REQUEST', request.toSchema(true));
}

interface Contents {
  readonly key: PublicKeyInfo;
  readonly subject: RelativeDistinguishedNames;
  readonly issuer: RelativeDistinguishedNames;
  readonly validity: Validity;
  readonly extensions: Extension[];
}

async function sign(contents: Contents, issuerKeyPem: string): Promise<string> {
  const certificate = new Certificate();
  certificate.version = 2; // v3
  certificate.serialNumber = new Integer({ valueHex: serialNumber() });
  certificate.issuer = contents.issuer;
  certificate.subject = contents.subject;
  certificate.notBefore = timeOf(contents.validity.notBefore);
  certificate.notAfter = timeOf(contents.validity.notAfter);
  certificate.subjectPublicKeyInfo = contents.key;
  certificate.extensions = contents.extensions;
  await certificate.sign(await signingKey(issuerKeyPem), 'SHA-256');
  return pemOf('CERTIFICATE', certificate.toSchema(true));
}

/** RFC 5280 §4.1.2.2: positive, and no more than 20 octets. */
function serialNumber(): Uint8Array<ArrayBuffer> {
  const octets = Uint8Array.from(randomBytes(16));
  octets[0] = ((octets[0] ?? 0) & 0x3f) | 0x40;
  return octets;
}

/** RFC 5280 §4.1.2.5: UTCTime until 2049, whole seconds. */
function timeOf(date: Date): Time {
  const value = new Date(Math.floor(date.getTime() / 1000) * 1000);
  const type = value.getUTCFullYear() < 2050 ? TimeType.UTCTime : TimeType.GeneralizedTime;
  return new Time({ type, value });
}
