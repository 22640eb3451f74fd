import type { Certificate } from './certificate.ts';

/**
 * A name that a certificate may show: a host name in A-labels without a final dot, or any name below a domain. The two
 * have different types, so that no name from the DNS, whatever its octets, stands for more than itself.
 */
export type ReferenceName = string | { readonly below: string };

/**
 * The first of `referenceNames` that the certificate shows (RFC 6125 §6.4, RFC 7672 §3.2.3): among its DNS-IDs, or
 * among its Common Names if it has no DNS-ID. Each name of the certificate is looked at once.
 */
export function shownName(
  certificate: Pick<Certificate, 'dnsNames' | 'subject'>,
  referenceNames: readonly ReferenceName[],
): string | undefined {
  const { dnsNames, subject } = certificate;
  const shown = new Set((dnsNames.length > 0 ? dnsNames : subject.commonNames).map(lowerCase));
  const found = referenceNames.find((reference) =>
    typeof reference === 'string'
      ? patternsFor(reference).some((pattern) => shown.has(pattern))
      : hasNameBelow(shown, reference.below),
  );
  return found === undefined ? undefined : referenceText(found);
}

/** `mx.example.org`, `.example.org` */
export function referenceText(reference: ReferenceName): string {
  return typeof reference === 'string' ? reference : `.${reference.below}`;
}

/** Whether a name in a certificate, perhaps with a wildcard, matches `reference`. */
export function matchesName(pattern: string, reference: string): boolean {
  return patternsFor(reference).includes(lowerCase(pattern));
}

/** What a certificate may show for a name, in lower case: the name itself, and a wildcard in place of its first label. */
function patternsFor(reference: string): readonly string[] {
  const name = lowerCase(reference);
  if (name === '') return [];
  const [label = '', ...parent] = name.split('.');
  // RFC 6125 §7.2, as Postfix has it: the whole first label, for one label, and never right below a top level. Like
  // OpenSSL, only in host names proper (RFC 1123 §2.1): nobody issues wildcards for others.
  const hasWildcard = parent.length > 1 && /^[a-z0-9-]+$/.test(label) && parent.every(isHostLabel);
  // A name that begins like a wildcard matches no such name, but matches others.
  return [...(name.startsWith('*.') ? [] : [name]), ...(hasWildcard ? [`*.${parent.join('.')}`] : [])];
}

function isHostLabel(label: string): boolean {
  return /^[a-z0-9-]+$/.test(label) && !label.startsWith('-') && !label.endsWith('-');
}

/** At any depth; the wildcard of the certificate is a label like any other here, for it stands for names below. */
function hasNameBelow(shown: ReadonlySet<string>, domain: string): boolean {
  const parent = `.${lowerCase(domain)}`;
  if (domain === '') return false;
  for (const name of shown) {
    if (name.length <= maxNameLength && name.endsWith(parent) && areLabels(name.slice(0, -parent.length)))
      return true;
  }
  return false;
}

/** RFC 1035 §2.3.4: 255 octets, of which text has two less. What is longer is no name, however it ends. */
const maxNameLength = 253;

function areLabels(text: string): boolean {
  return /^(?:\*|[a-z0-9_-]+)(?:\.[a-z0-9_-]+)*$/.test(text);
}

/** Only ASCII letters have case here (RFC 4343); a Common Name may hold others. */
function lowerCase(text: string): string {
  return /[A-Z]/.test(text) ? text.replace(/[A-Z]+/g, (upper) => upper.toLowerCase()) : text;
}
