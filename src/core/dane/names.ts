import type { Certificate } from './certificate.ts';

/**
 * The first of `referenceNames` that the certificate shows (RFC 6125 §6.4, RFC 7672 §3.2.3): among its DNS-IDs, or
 * among its Common Names if it has no DNS-ID.
 *
 * @param referenceNames host names in A-labels without a final dot
 */
export function shownName(
  certificate: Pick<Certificate, 'dnsNames' | 'subject'>,
  referenceNames: readonly string[],
): string | undefined {
  const { dnsNames, subject } = certificate;
  const shown = dnsNames.length > 0 ? dnsNames : subject.commonNames;
  return referenceNames.find((reference) => shown.some((pattern) => matchesName(pattern, reference)));
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

/** Only ASCII letters have case here (RFC 4343); a Common Name may hold others. */
function lowerCase(text: string): string {
  return text.replace(/[A-Z]+/g, (upper) => upper.toLowerCase());
}
