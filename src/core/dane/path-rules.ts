import type { Path } from './path.ts';
import type { Certificate } from './certificate.ts';
import { mismatch } from './mismatch.ts';
import type { ConstraintCheck } from './name-constraints.ts';
import type { Mismatch } from './verdict.ts';

/**
 * serverAuth, anyExtendedKeyUsage, and the two purposes by which servers were known before there was serverAuth: Server
 * Gated Crypto of Microsoft and of Netscape, which OpenSSL takes for it as well.
 */
const serverPurposes = [
  '1.3.6.1.5.5.7.3.1',
  '2.5.29.37.0',
  '1.3.6.1.4.1.311.10.3.3',
  '2.16.840.1.113730.4.1',
];

/**
 * What is wrong with a path, by RFC 5280 §6.1 with the trust anchor's own constraints obeyed too (RFC 7671 §5.2.1);
 * undefined if nothing is wrong. Signatures were checked before, and names are checked elsewhere.
 *
 * @param now epoch milliseconds
 */
export function pathFault(
  { certificates, byKey }: Path,
  now: number,
  brokenConstraint: ConstraintCheck,
): Mismatch | undefined {
  const top = certificates.length - 1;
  for (const [depth, certificate] of certificates.entries()) {
    const fault =
      strengthFault(certificate, depth, depth < top || byKey) ??
      (certificate.unknownCritical.length > 0 ? mismatch('critical extension', depth) : undefined) ??
      (depth > 0 ? issuerFault(certificates, depth) : undefined) ??
      purposeFault(certificate, depth) ??
      constraintFault(certificates, depth, brokenConstraint);
    if (fault !== undefined) return fault;
  }
  for (let depth = top; depth >= 0; depth -= 1) {
    const certificate = certificates[depth];
    // A trust anchor is valid as long as its TLSA record is. As in OpenSSL, only a self-issued one is held to its
    // dates.
    if (certificate === undefined || (depth === top && !byKey && !certificate.selfIssued)) continue;
    if (now > certificate.notAfter) return mismatch('expired', depth);
    if (now < certificate.notBefore) return mismatch('not yet valid', depth);
  }
  return undefined;
}

/** @param signed whether the path depends on the signature of this certificate */
function strengthFault(certificate: Certificate, depth: number, signed: boolean): Mismatch | undefined {
  if (certificate.key === undefined) return weakKey(depth);
  return signed && certificate.signedWith === undefined ? weakDigest(depth) : undefined;
}

/** The verdict on a certificate whose signature proves nothing, because its digest is too weak. */
export function weakDigest(depth: number): Mismatch {
  return mismatch('weak key or digest', depth, 'num=68:CA signature digest algorithm too weak');
}

/** The verdict on a certificate whose key is too weak to prove anything. */
export function weakKey(depth: number): Mismatch {
  return mismatch(
    'weak key or digest',
    depth,
    depth === 0 ? 'num=66:EE certificate key too weak' : undefined,
  );
}

/** RFC 5280 §6.1.4 (k) to (n). */
function issuerFault(certificates: Path['certificates'], depth: number): Mismatch | undefined {
  const certificate = certificates[depth];
  if (certificate === undefined || !mayIssue(certificate, depth === certificates.length - 1)) {
    return mismatch('invalid CA', depth);
  }
  const pathLength = certificate.basicConstraints?.pathLength;
  const intermediates = certificates.slice(1, depth).filter(({ selfIssued }) => !selfIssued).length;
  return pathLength !== undefined && intermediates > pathLength
    ? mismatch('path too long', depth)
    : undefined;
}

function mayIssue({ basicConstraints, keyUsage, version, selfIssued }: Certificate, isTop: boolean): boolean {
  if (keyUsage !== undefined && !keyUsage.includes('keyCertSign')) return false;
  if (basicConstraints !== undefined) return basicConstraints.ca;
  // OpenSSL accepts an anchor from before basicConstraints: a version 1 root, or one with keyCertSign alone.
  return isTop && (keyUsage !== undefined || (version === 1 && selfIssued));
}

/** RFC 5280 §4.2.1.12 and, for the server itself, §4.2.1.3. An authority can only pass on the purposes that it has. */
function purposeFault({ extendedKeyUsage, keyUsage }: Certificate, depth: number): Mismatch | undefined {
  const serves = extendedKeyUsage === undefined || serverPurposes.some((each) => extendedKeyUsage.has(each));
  const inTls =
    depth > 0 ||
    keyUsage === undefined ||
    keyUsage.includes('digitalSignature') ||
    keyUsage.includes('keyEncipherment') ||
    keyUsage.includes('keyAgreement');
  return serves && inTls ? undefined : mismatch('purpose', depth);
}

/** RFC 5280 §6.1.3 (b) and (c): a self-issued intermediate is exempt. */
function constraintFault(
  certificates: Path['certificates'],
  depth: number,
  brokenConstraint: ConstraintCheck,
): Mismatch | undefined {
  const certificate = certificates[depth];
  if (certificate === undefined || (depth > 0 && certificate.selfIssued)) return undefined;
  for (const issuer of certificates.slice(depth + 1)) {
    const broken = brokenConstraint(certificate, issuer, depth === 0);
    if (broken === 'excluded') return mismatch('name constraint', depth, 'num=48:excluded subtree violation');
    if (broken === 'permitted') return mismatch('name constraint', depth);
  }
  return undefined;
}
