import { readAlgorithm } from './algorithm.ts';
import { parseCertificate, readFields } from './certificate.ts';
import { derTags, fewMembersOf, readTime, readValue } from './der.ts';
import { readName } from './distinguished-name.ts';
import { extensionsFault } from './extensions.ts';

/**
 * Why `parseCertificate` takes these octets for no certificate, in words for people; undefined if it takes them for
 * one (RFC 5280 §4.1, §4.1.2.4, §4.1.2.5, §4.1.2.6). It is the first of the reasons that there are.
 */
export function certificateFault(der: Uint8Array): string | undefined {
  if (parseCertificate(der) !== undefined) return undefined;
  if (readValue(der, derTags.sequence) === undefined) return 'it is not one value in DER (X.690)';
  const fields = readFields(der);
  if (fields === undefined) return 'it does not have the fields of a certificate (RFC 5280 §4.1) in DER';
  if (readName(fields.issuer) === undefined) return 'its issuer is no name (RFC 5280 §4.1.2.4)';
  if (readName(fields.subject) === undefined) return 'its subject is no name (RFC 5280 §4.1.2.6)';
  const times = (fewMembersOf(fields.validity, 2) ?? []).map(readTime);
  if (times.length < 2 || times.includes(undefined)) return 'its dates are malformed (RFC 5280 §4.1.2.5)';
  if (readAlgorithm(fields.signatureAlgorithm) === undefined) return 'its signature algorithm is malformed';
  return extensionsFault(fields.extensions) ?? 'it is malformed';
}
