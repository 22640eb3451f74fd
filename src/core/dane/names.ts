import type { Certificate } from './certificate.ts';

/**
 * A name that a certificate may show: a host name in A-labels without a final dot, or any name below a domain. The two
 * differ in type, so that no name from the DNS, whatever octets it is of, stands for more than itself.
 */
export type ReferenceName = string | { readonly below: string };

/**
 * The first of `referenceNames` that the certificate shows (RFC 6125 §6.4, RFC 7672 §3.2.3): among its DNS-IDs, or
 * among its Common Names if it has no DNS-ID.
 */
export function shownName(
  certificate: Pick<Certificate, 'dnsNames' | 'subject'>,
  referenceNames: readonly ReferenceName[],
): string | undefined {
  const { dnsNames, subject } = certificate;
  const shown = dnsNames.length > 0 ? dnsNames : subject.commonNames;
  const found = referenceNames.find((reference) =>
    shown.some((pattern) =>
      typeof reference === 'string' ? matchesName(pattern, reference) : isBelow(pattern, reference.below),
    ),
  );
  return found === undefined ? undefined : referenceText(found);
}

/** `mx.example.org`, `.example.org` */
export function referenceText(reference: ReferenceName): string {
  return typeof reference === 'string' ? reference : `.${reference.below}`;
}

/** Whether a name in a certificate, perhaps with a wildcard, stands for `reference`. */
export function matchesName(pattern: string, reference: string): boolean {
  const [shown, name] = [lowerCase(pattern), lowerCase(reference)];
  if (name === '' || !shown.startsWith('*.')) return name !== '' && shown === name;
  // RFC 6125 §7.2, as Postfix has it: the whole first label, for one label, and never right below a top level.
  const parent = shown.slice(1);
  const label = name.slice(0, -parent.length);
  return parent.lastIndexOf('.') > 0 && name.endsWith(parent) && /^[a-z0-9-]+$/.test(label);
}

/** At any depth; the wildcard of the certificate is a label like any other here, for it stands for names below. */
function isBelow(pattern: string, domain: string): boolean {
  const [shown, parent] = [lowerCase(pattern), `.${lowerCase(domain)}`];
  const labels = shown.endsWith(parent) ? shown.slice(0, -parent.length) : '';
  return domain !== '' && /^(?:\*|[a-z0-9_-]+)(?:\.[a-z0-9_-]+)*$/.test(labels);
}

/** Only ASCII letters have case here (RFC 4343); a Common Name may hold others. */
function lowerCase(text: string): string {
  return text.replace(/[A-Z]+/g, (upper) => upper.toLowerCase());
}
