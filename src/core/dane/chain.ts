import type { TlsaRecord } from '../dns/record.ts';
import type { Certificate } from './certificate.ts';
import { nameKey } from './distinguished-name.ts';
import { mismatch } from './mismatch.ts';
import type { SignatureCheck } from './signature.ts';
import type { Mismatch } from './verdict.ts';

/** Certificates from the leaf up to the trust anchor, each signed by the next; nothing else about them is checked. */
export interface Path {
  readonly kind: 'path';
  readonly certificates: readonly Certificate[];
  /** The DANE-TA record that makes the anchor one. */
  readonly record: TlsaRecord;
  /** The anchor is the bare key of a `2 1 0` record, which signed the last certificate (RFC 7671 §5.2.3). */
  readonly byKey: boolean;
}

/** What the search for paths starts from. */
export interface ChainParts {
  readonly leaf: Certificate;
  /** Everything that may be above the leaf, in any order, with whatever else the server sent. */
  readonly candidates: readonly Certificate[];
  /** The DANE-TA record about a candidate, if there is one. */
  readonly anchorRecord: (candidate: Certificate) => TlsaRecord | undefined;
  /** The `2 1 0` records. */
  readonly keyRecords: readonly TlsaRecord[];
}

/** Postfix's limit: `smtp_tls_scert_verifydepth` is 9, and OpenSSL is told one more. */
const maxIntermediates = 10;

/**
 * All paths from the leaf to an anchor, the likeliest first, and between them what stood in the way of one. The leaf
 * is never an anchor (RFC 7671 §5.2), and no certificate is twice in a path. The work is bounded by
 * `check`, for a path grows only by a good signature.
 */
export function* findPaths(parts: ChainParts, check: SignatureCheck): Generator<Path | Mismatch> {
  const bySubject = new Map<string, Certificate[]>();
  for (const candidate of parts.candidates) {
    const key = nameKey(candidate.subject);
    bySubject.set(key, [...(bySubject.get(key) ?? []), candidate]);
  }
  yield* grow([parts.leaf]);

  function* grow(certificates: readonly [Certificate, ...Certificate[]]): Generator<Path | Mismatch> {
    const depth = certificates.length;
    const top = certificates.at(-1) ?? certificates[0];
    for (const issuer of issuersOf(top)) {
      if (certificates.some(({ der }) => Buffer.compare(der, issuer.der) === 0)) continue;
      const record = parts.anchorRecord(issuer);
      if (record === undefined && depth > maxIntermediates) {
        yield mismatch('path too long', depth, `certificate chain longer than limit(${maxIntermediates})`);
        continue;
      }
      const signature = check(top, issuer.spki);
      if (signature === 'bad' && record !== undefined) yield mismatch('bad signature', depth - 1);
      if (signature !== 'good') continue;
      if (record === undefined) yield* grow([...certificates, issuer]);
      else yield { kind: 'path', certificates: [...certificates, issuer], record, byKey: false };
    }
    for (const record of parts.keyRecords) {
      if (check(top, record.data) === 'good') yield { kind: 'path', certificates, record, byKey: true };
    }
  }

  /** Anchors before others, then those whose key identifier is the one the subject names (RFC 5280 §4.2.1.1). */
  function issuersOf(subject: Certificate): Certificate[] {
    const promise = (candidate: Certificate): number => {
      if (parts.anchorRecord(candidate) !== undefined) return 2;
      return candidate.subjectKeyId !== undefined && candidate.subjectKeyId === subject.authorityKeyId
        ? 1
        : 0;
    };
    const issuers = bySubject.get(nameKey(subject.issuer)) ?? [];
    return issuers.toSorted((a, b) => promise(b) - promise(a));
  }
}
