import { isHostName } from '../dns/name.ts';

/** How the TLSA base domain of a host was come by. */
export interface NameFacts {
  /** Next-hop domain, in A-labels, without a final dot. */
  readonly nextHop: string;
  /** Where the MX lookup of the next hop ended; the same as `nextHop` if that is no alias. */
  readonly expandedNextHop: string;
  /** Whether MX records led to the host, and whether they were signed. */
  readonly mx: 'secure' | 'insecure' | 'none';
}

/**
 * The names a certificate under DANE-TA may show, the base domain first (RFC 7672 §3.2.2). An alias may lead to a name that
 * is none of a host; no certificate is for such a one.
 */
export function referenceNames(baseDomain: string, { nextHop, expandedNextHop, mx }: NameFacts): string[] {
  switch (mx) {
    case 'secure':
      return hostNames([baseDomain, nextHop, expandedNextHop]);
    case 'insecure':
      // Whoever forged the MX records chose the host; that it has a certificate for the next hop would prove nothing.
      return hostNames([baseDomain]);
    case 'none':
      // Another name than the next hop itself can only be what its address records expanded it to.
      return hostNames([baseDomain, nextHop]);
  }
}

function hostNames(names: readonly string[]): string[] {
  return [...new Set(names.filter(isHostName))];
}
