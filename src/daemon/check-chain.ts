import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { readLiberally } from '../certificates/read-liberally.ts';
import type { ShownCertificate } from '../core/check/report.ts';
import { readSubjectPublicKeyInfo } from '../core/dane/certificate.ts';

/** Certificates of one chain that are shown. OpenSSL takes no longer chains by default. */
const MOST_CERTIFICATES = 20;

/** What the certificates of a chain say, whether or not the relay takes them for certificates. */
export async function readChain(chain: readonly Uint8Array[]): Promise<readonly ShownCertificate[]> {
  const shown: ShownCertificate[] = [];
  for (const [depth, der] of chain.slice(0, MOST_CERTIFICATES).entries()) {
    // A large one takes the library some time.
    await nextTurn();
    shown.push(shownCertificate(der, depth));
  }
  return shown;
}

function shownCertificate(der: Uint8Array, depth: number): ShownCertificate {
  const { subject, issuer, names, notBefore, notAfter, refused } = readLiberally(der);
  const key = readSubjectPublicKeyInfo(der);
  return {
    depth,
    subject,
    issuer,
    names,
    ...(notBefore !== undefined && { notBefore: isoTime(notBefore) }),
    ...(notAfter !== undefined && { notAfter: isoTime(notAfter) }),
    sha256: sha256(der),
    ...(key !== undefined && { keySha256: sha256(key) }),
    ...(refused !== undefined && { refused }),
  };
}

/** `/CN=mx.example issued by /CN=Example CA`; undefined if nothing of that can be read. */
export function whoseCertificate(der: Uint8Array): string | undefined {
  const { subject, issuer } = readLiberally(der);
  return subject === '' && issuer === '' ? undefined : `${subject} issued by ${issuer}`;
}

function sha256(octets: Uint8Array): string {
  return createHash('sha256').update(octets).digest('hex');
}

function isoTime(at: number): string {
  return new Date(at).toISOString();
}
