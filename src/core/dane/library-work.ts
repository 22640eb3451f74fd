import { budgetOf, type Budget } from './budget.ts';
import { certificateWork, type CertificateWork } from './certificate-work.ts';

/**
 * Most work that a TLS library may do in a handshake, in units of `Budget`. OpenSSL verifies every chain during the
 * handshake, up to a hundred certificates deep, and Node lets it go on after every fault and cannot switch it off. A
 * bundle of two hundred ordinary certificates takes 26,000.
 */
export const libraryUnits = 28_000;

/** Units; upper bounds of measurements with OpenSSL 3.0 and 3.5. */
const prices = {
  /** To read a certificate and its key. */
  certificate: 95,
  /** To read any value in it. */
  value: 0.6,
  octet: 0.005,
  /** To find out whether one certificate may have issued another, for each comparison. */
  comparison: 0.05,
  comparedOctet: 0.0001,
  comparedAuthority: 0.004,
  /** To compare a name with a constraint, and for each octet of either. */
  constraint: 0.02,
  constraintOctet: 0.002,
  constrainedOctet: 0.0003,
  /** To decode the name of a domain in a constraint from Punycode, for each octet. */
  punycodeOctet: 0.1,
  /** To copy a value of the issuer's name to a distribution point. */
  relativeValue: 0.4,
  resource: 0.05,
} as const;

/** OpenSSL's bound for a path. */
const deepest = 101;

/**
 * Pays for all that OpenSSL may compute with the certificates of a server, which are DER and as sent, its own first: an
 * upper bound, found in time linear in their octets. False if `budget` has not enough left, or if the cost of a
 * certificate cannot be told.
 *
 * OpenSSL follows names. So only the keys of certificates that can be above the server's by their names are counted,
 * and a bundle of authorities costs only its reading.
 */
export function payForLibrary(
  chain: readonly Uint8Array[],
  budget: Budget = budgetOf(libraryUnits),
): boolean {
  const works: CertificateWork[] = [];
  for (const der of chain) {
    // Reading it costs us as much.
    if (!budget.spend(prices.certificate + der.length * prices.octet)) return false;
    const work = certificateWork(der);
    if (work === undefined || !budget.spend(readingPrice(work))) return false;
    works.push(work);
  }
  const [leaf, ...others] = works;
  if (leaf === undefined) return true;
  // The server signs with its key, or something is encrypted for it.
  return budget.spend(leaf.key.use) && budget.spend(pathPrice(leaf, others));
}

/** Pays for a list of names in a message of so many octets, as a CertificateRequest has one (RFC 5246 §7.4.4). */
export function payForNames(octets: number, budget: Budget): boolean {
  return budget.spend((octets / shortestValue) * prices.value);
}

/** A tag and a length. */
const shortestValue = 2;

function readingPrice({ key, values, relativeNames, issuerValues }: CertificateWork): number {
  return key.reading + values * prices.value + relativeNames * issuerValues * prices.relativeValue;
}

/** Of the way up from the leaf, whichever it is. */
function pathPrice(leaf: CertificateWork, others: readonly CertificateWork[]): number {
  const { reached, signatures } = above(leaf, others);
  const path = [leaf, ...reached];
  const candidates = others.length;
  const depth = Math.min(path.length, deepest);
  const total = (count: (work: CertificateWork) => number): number =>
    path.reduce((sum, work) => sum + count(work), 0);
  const constraints = total((work) => work.constraints);
  const constraintOctets = total((work) => work.constraintOctets);
  return (
    signatures +
    depth * candidates * prices.comparison +
    depth * others.reduce((sum, { octets }) => sum + octets, 0) * prices.comparedOctet +
    candidates * total((work) => work.authorityValues) * prices.comparedAuthority +
    total(({ names }) => names) *
      (constraints * prices.constraint + constraintOctets * prices.constraintOctet) +
    total(({ nameOctets }) => nameOctets) * constraints * prices.constrainedOctet +
    total(({ otherNames }) => otherNames) * constraintOctets * prices.punycodeOctet +
    depth * total(({ resources }) => resources) * prices.resource
  );
}

/** Certificates of one subject, and how many of those below name it as their issuer. */
interface Namesakes {
  readonly certificates: CertificateWork[];
  named: number;
}

/**
 * All certificates that OpenSSL can reach from one by names (an unreadable name counts as any name), and the cost of
 * the signatures that it checks on the way. It reaches no certificate twice, and a name only from below: so a hundred
 * certificates of one name that only the leaf names are a single step.
 */
function above(
  leaf: CertificateWork,
  others: readonly CertificateWork[],
): { readonly reached: readonly CertificateWork[]; readonly signatures: number } {
  const usesOf = (works: readonly CertificateWork[]): number[] => works.map(({ key }) => key.use);
  const sum = (uses: readonly number[]): number => uses.reduce((total, use) => total + use, 0);
  if ([leaf, ...others].some(({ issuer, subject }) => issuer === undefined || subject === undefined)) {
    return { reached: others, signatures: sum(usesOf(others)) };
  }
  const bySubject = new Map<number | undefined, Namesakes>();
  for (const other of others) {
    const alike = bySubject.get(other.subject) ?? { certificates: [], named: 0 };
    bySubject.set(other.subject, alike);
    alike.certificates.push(other);
  }
  const reached: CertificateWork[] = [];
  const groups = new Set<Namesakes>();
  let next: CertificateWork | undefined = leaf;
  for (let at = 0; next !== undefined; at += 1) {
    const namesakes = bySubject.get(next.issuer);
    if (namesakes !== undefined) {
      namesakes.named += 1;
      if (!groups.has(namesakes)) reached.push(...namesakes.certificates);
      groups.add(namesakes);
    }
    next = reached[at];
  }
  const signatures = Array.from(groups, ({ certificates, named }) =>
    sum(
      usesOf(certificates)
        .toSorted((a, b) => b - a)
        .slice(0, named),
    ),
  );
  return { reached, signatures: sum(signatures) };
}
