/** Security levels an operator can ask for, in Postfix's words. */
export const securityLevels = [
  'none',
  'may',
  'encrypt',
  'fingerprint',
  'dane',
  'dane-only',
  'verify',
  'secure',
] as const;
export type SecurityLevel = (typeof securityLevels)[number];

/**
 * The level that really applies to a host; `half-dane` is DANE through an MX RRset that is not signed, `sts` what an
 * enforced MTA-STS policy demands (RFC 8461 §4.2).
 */
export type EffectiveLevel = SecurityLevel | 'half-dane' | 'sts';

/** What to do with TLSA records found through an unsigned MX RRset (`tls.dane_insecure_mx_policy`). */
export const insecureMxPolicies = ['may', 'encrypt', 'dane'] as const;
export type InsecureMxPolicy = (typeof insecureMxPolicies)[number];

export function isDane(level: EffectiveLevel): boolean {
  return level === 'dane' || level === 'dane-only' || level === 'half-dane';
}

/** The certificate must be issued by an authority that the settings trust, and show a name that they ask for. */
export function isPkix(level: EffectiveLevel): level is 'verify' | 'secure' {
  return level === 'verify' || level === 'secure';
}

/** TLS is required: there is no fallback to cleartext. */
export function requiresTls(level: EffectiveLevel): boolean {
  return level !== 'none' && level !== 'may';
}

/** No mail goes out before the certificate chain was judged and found to match. */
export function requiresMatch(level: EffectiveLevel): boolean {
  return isDane(level) || isPkix(level) || level === 'fingerprint' || level === 'sts';
}
