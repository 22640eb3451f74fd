/** Security levels, and where it matters the policy for MX record sets that are not signed; both have Postfix's names. */
export const combinations = [
  { name: 'may', level: 'may', insecureMxPolicy: 'dane', domains: 'all' },
  { name: 'encrypt', level: 'encrypt', insecureMxPolicy: 'dane', domains: 'all' },
  { name: 'dane', level: 'dane', insecureMxPolicy: 'dane', domains: 'all' },
  { name: 'dane, insecure MX encrypt', level: 'dane', insecureMxPolicy: 'encrypt', domains: 'insecure MX' },
  { name: 'dane, insecure MX may', level: 'dane', insecureMxPolicy: 'may', domains: 'insecure MX' },
  { name: 'dane-only', level: 'dane-only', insecureMxPolicy: 'dane', domains: 'all' },
] as const;

export type Combination = (typeof combinations)[number];
export type CombinationName = Combination['name'];
