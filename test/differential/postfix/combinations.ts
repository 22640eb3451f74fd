const usual = {
  level: 'dane',
  insecureMxPolicy: 'dane',
  daneDigests: ['sha512', 'sha256'],
  domains: 'all',
} as const;

/**
 * Security levels, and where it matters the policy for MX record sets that are not signed, and the digests of TLSA records
 * that count; all have Postfix's names.
 */
export const combinations = [
  { ...usual, name: 'may', level: 'may' },
  { ...usual, name: 'encrypt', level: 'encrypt' },
  { ...usual, name: 'dane' },
  { ...usual, name: 'dane, insecure MX encrypt', insecureMxPolicy: 'encrypt', domains: 'insecure MX' },
  { ...usual, name: 'dane, insecure MX may', insecureMxPolicy: 'may', domains: 'insecure MX' },
  { ...usual, name: 'dane-only', level: 'dane-only' },
  { ...usual, name: 'dane, SHA2-256 first', daneDigests: ['sha256', 'sha512'], domains: 'digests' },
  { ...usual, name: 'dane, SHA2-512 alone', daneDigests: ['sha512'], domains: 'digests' },
] as const;

export type Combination = (typeof combinations)[number];
export type CombinationName = Combination['name'];
