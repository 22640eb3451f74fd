import type { TlsaRecord } from '../dns/record.ts';
import type { Path } from './path.ts';
import { prices } from './budget.ts';
import type { Budget } from './budget.ts';
import type { ChainCandidate } from './candidate.ts';
import type { Certificate } from './certificate.ts';
import { nameKey } from './distinguished-name.ts';
import { keyIdOf } from './key-id.ts';
import { mismatch } from './mismatch.ts';
import { weakDigest, weakKey } from './path-rules.ts';
import type { SignatureCheck } from './signature.ts';
import type { Mismatch } from './verdict.ts';

/** The input of the search for paths. */
export interface ChainParts {
  readonly leaf: Certificate;
  /** Everything that may be above the leaf, and everything else the server sent, by subject (`nameKey`). */
  readonly named: (subject: string) => readonly ChainCandidate[];
  /** The `2 1 0` records. */
  readonly keyRecords: readonly TlsaRecord[];
}

/** Certificates and keys that may have issued a certificate. */
interface Issuers {
  readonly anchors: readonly ChainCandidate[];
  /** Read only when asked for; the likeliest first. */
  readonly others: () => readonly Certificate[];
}

interface Issuer {
  readonly certificate: Certificate;
  readonly record?: TlsaRecord | undefined;
}

/** Postfix's limit: `smtp_tls_scert_verifydepth` is 9, and OpenSSL is told one more. */
const maxIntermediates = 10;

/**
 * All paths from the leaf to an anchor, the likeliest first, and the first obstacle to a path. The leaf is never an
 * anchor (RFC 7671 §5.2), and no certificate occurs twice in a path. Every step is paid for, and none is made once
 * `budget` is spent.
 */
export function* findPaths(
  { leaf, named, keyRecords }: ChainParts,
  check: SignatureCheck,
  budget: Budget,
): Generator<Path | Mismatch> {
  const issuers = new Map<Certificate, Issuers>();
  const keys = keyRecords.map((record) => ({ record, keyId: keyIdOf(record.data) }));
  let isTold = false;
  yield* grow([leaf]);

  function* grow(certificates: readonly [Certificate, ...Certificate[]]): Generator<Path | Mismatch> {
    const depth = certificates.length;
    const top = certificates.at(-1) ?? certificates[0];
    for (const { certificate, record } of issuersOf(top)) {
      if (!budget.spend(prices.step)) return;
      if (certificates.includes(certificate)) continue;
      if (record === undefined && depth > maxIntermediates) {
        const detail = `certificate chain longer than limit(${maxIntermediates})`;
        yield* tell(mismatch('path too long', depth, detail));
        continue;
      }
      const signature = check(top, certificate.spki);
      if (signature === 'weak digest') yield* tell(weakDigest(depth - 1));
      if (signature === 'weak key') yield* tell(weakKey(depth));
      if (signature === 'bad' && record !== undefined) yield* tell(mismatch('bad signature', depth - 1));
      if (signature !== 'good') continue;
      if (record === undefined) yield* grow([...certificates, certificate]);
      else yield { kind: 'path', certificates: [...certificates, certificate], record, byKey: false };
    }
    for (const record of keysFor(top)) {
      if (!budget.spend(prices.step)) return;
      const signature = check(top, record.data);
      if (signature === 'weak digest') yield* tell(weakDigest(depth - 1));
      if (signature === 'weak key') yield* tell(weakKey(depth));
      if (signature === 'good') yield { kind: 'path', certificates, record, byKey: true };
    }
  }

  function* tell(obstacle: Mismatch): Generator<Mismatch> {
    if (isTold) return;
    isTold = true;
    yield obstacle;
  }

  /** Anchors come first. The others are read only if no anchor fits. */
  function* issuersOf(subject: Certificate): Generator<Issuer> {
    const known = issuers.get(subject) ?? findIssuers(subject);
    issuers.set(subject, known);
    for (const { read, record } of known.anchors) {
      const certificate = read();
      if (certificate !== undefined) yield { certificate, record };
    }
    for (const certificate of known.others()) yield { certificate };
  }

  function findIssuers(subject: Certificate): Issuers {
    const alike = named(nameKey(subject.issuer)).filter(({ der }) => Buffer.compare(der, leaf.der) !== 0);
    // RFC 5280 §4.2.1.1: those whose key identifier the subject names come first.
    const isNamed = ({ subjectKeyId }: Certificate): boolean =>
      subjectKeyId !== undefined && subjectKeyId === subject.authorityKeyId;
    let others: readonly Certificate[] | undefined;
    return {
      anchors: alike.filter(({ record }) => record !== undefined),
      others() {
        others ??= alike
          .flatMap(({ read, record }) => (record === undefined ? (read() ?? []) : []))
          .toSorted((a, b) => Number(isNamed(b)) - Number(isNamed(a)));
        return others;
      },
    };
  }

  /** The key whose identifier the subject names comes first: an RRset may hold many. */
  function keysFor({ authorityKeyId }: Certificate): readonly TlsaRecord[] {
    const isNamed = ({ keyId }: { readonly keyId: string | undefined }): boolean =>
      keyId !== undefined && keyId === authorityKeyId;
    return [...keys.filter(isNamed), ...keys.filter((each) => !isNamed(each))].map(({ record }) => record);
  }
}
