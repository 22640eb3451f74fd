import { createPublicKey } from 'node:crypto';
import { parseCertificate, readSubjectPublicKeyInfo } from '../dane/certificate.ts';
import { readPem, type PemBlock } from '../dane/pem.ts';
import { readRequest } from '../dane/request.ts';
import { isHostName } from '../dns/name.ts';
import { shownChain, shownKey, type Shown } from './shown.ts';

/** What a file has that a server will show. */
export interface ShownFile {
  readonly kind: 'certificate' | 'key' | 'request';
  readonly shown: Shown;
  /** Names of hosts in the certificate or the request, in lower case, without wildcards. */
  readonly names: readonly string[];
}

/** Why a file has nothing of the kind; continues "FILE has ". */
export interface NothingShown {
  readonly problem: string;
}

/** Labels of PEM that OpenSSL writes and reads. */
const certificateLabels = new Set(['CERTIFICATE', 'X509 CERTIFICATE']);
const requestLabels = new Set(['CERTIFICATE REQUEST', 'NEW CERTIFICATE REQUEST']);
const keyLabels = new Set([
  'PUBLIC KEY',
  'RSA PUBLIC KEY',
  'PRIVATE KEY',
  'RSA PRIVATE KEY',
  'EC PRIVATE KEY',
]);

/**
 * Reads certificates (the server's own first, then those above it), a request for one, or a key, in PEM or DER. Of a
 * private key only the public part is taken. A certificate comes before a key in the same file.
 */
export function readShown(octets: Uint8Array): ShownFile | NothingShown {
  const text = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString('latin1');
  const blocks = text.includes('-----BEGIN ') ? readPem(text) : [];
  const certificates = blocks.filter(({ label }) => certificateLabels.has(label)).map(({ der }) => der);
  if (certificates.length > 0) return ofCertificates(certificates);
  const request = blocks.find(({ label }) => requestLabels.has(label));
  if (request !== undefined) return ofRequest(request.der) ?? { problem: 'a request that cannot be read' };
  const key = blocks.find(({ label }) => keyLabels.has(label));
  if (key !== undefined) return ofKeyBlock(key);
  if (text.includes('ENCRYPTED'))
    return {
      problem: 'a key that is locked with a password: write its public part out with "openssl pkey -pubout"',
    };
  return text.includes('-----BEGIN ') ? { problem: nothing } : readDer(octets);
}

const nothing = 'no certificate, no request and no key that can be read';

function readDer(octets: Uint8Array): ShownFile | NothingShown {
  if (readSubjectPublicKeyInfo(octets) !== undefined) return ofCertificates([octets]);
  const key = publicKeyIn(octets, 'spki') ?? publicKeyIn(octets, 'pkcs8');
  return ofRequest(octets) ?? (key === undefined ? { problem: nothing } : ofKey(key));
}

function ofCertificates(chain: readonly Uint8Array[]): ShownFile | NothingShown {
  const [own, ...above] = chain;
  const certificate = own && parseCertificate(own);
  if (own === undefined || certificate === undefined) return { problem: 'a certificate that cannot be read' };
  const { dnsNames, subject } = certificate;
  const names = hostsAmong(dnsNames.length > 0 ? dnsNames : subject.commonNames);
  return { kind: 'certificate', shown: shownChain([own, ...above]), names };
}

function ofRequest(der: Uint8Array): ShownFile | undefined {
  const request = readRequest(der);
  return request && { kind: 'request', shown: shownKey(request.spki), names: hostsAmong(request.names) };
}

function ofKeyBlock({ label, der }: PemBlock): ShownFile | NothingShown {
  // As it is: OpenSSL might write it another way.
  if (label === 'PUBLIC KEY') return ofKey(der);
  const types = { 'RSA PUBLIC KEY': 'pkcs1', 'RSA PRIVATE KEY': 'pkcs1', 'EC PRIVATE KEY': 'sec1' } as const;
  const key = publicKeyIn(der, types[label as keyof typeof types] ?? 'pkcs8');
  return key === undefined ? { problem: 'a key that cannot be read' } : ofKey(key);
}

function ofKey(spki: Uint8Array): ShownFile | NothingShown {
  return publicKeyIn(spki, 'spki') === undefined
    ? { problem: 'a key that cannot be read' }
    : { kind: 'key', shown: shownKey(spki), names: [] };
}

/** The subjectPublicKeyInfo of a key, public or private. */
function publicKeyIn(der: Uint8Array, type: 'spki' | 'pkcs1' | 'pkcs8' | 'sec1'): Uint8Array | undefined {
  try {
    // The types know only encodings of public keys here, the library takes those of private ones as well.
    const key = createPublicKey({ key: Buffer.from(der), format: 'der', type: type as 'spki' });
    return key.export({ type: 'spki', format: 'der' });
  } catch {
    return undefined;
  }
}

function hostsAmong(names: readonly string[]): readonly string[] {
  return [...new Set(names.map((name) => name.toLowerCase()))].filter(isHostName);
}
