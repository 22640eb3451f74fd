/** What we can log in with, the strongest first. */
export const mechanisms = ['SCRAM-SHA-256', 'CRAM-MD5', 'PLAIN', 'LOGIN'] as const;
export type Mechanism = (typeof mechanisms)[number];

/** What an operator can ask of a mechanism, in the words of Postfix (smtp_sasl_security_options). */
export const securityOptions = [
  'noplaintext',
  'noactive',
  'nodictionary',
  'noanonymous',
  'mutual_auth',
  'forward_secrecy',
] as const;
export type SecurityOption = (typeof securityOptions)[number];

/** The options a mechanism meets; the same as in the Cyrus library. */
const meets: Readonly<Record<Mechanism, readonly SecurityOption[]>> = {
  // RFC 7677: the password is not sent, a man in the middle learns nothing he could use, the server proves itself.
  'SCRAM-SHA-256': ['noplaintext', 'noactive', 'noanonymous', 'mutual_auth'],
  'CRAM-MD5': ['noplaintext', 'noanonymous'],
  PLAIN: ['noanonymous'],
  LOGIN: ['noanonymous'],
};

/** A word of `smtp_sasl_mechanism_filter`: a mechanism, `!` and one that is not wanted, or `static:all`. */
export function isFilterWord(word: string): boolean {
  return /^!?[A-Za-z0-9_-]{1,20}$/.test(word) || word.toLowerCase() === 'static:all';
}

/**
 * The strongest mechanism that the server offers, the filter lets pass and all options allow. The first word of the
 * filter that names a mechanism decides about it; one that no word names is out, unless all words only take away.
 */
export function chooseMechanism(
  offered: readonly string[],
  filter: readonly string[],
  options: readonly SecurityOption[],
): Mechanism | undefined {
  const known = new Set(offered.map((name) => name.toUpperCase()));
  return mechanisms.find(
    (mechanism) =>
      known.has(mechanism) &&
      passes(mechanism, filter) &&
      options.every((option) => meets[mechanism].includes(option)),
  );
}

function passes(mechanism: Mechanism, filter: readonly string[]): boolean {
  for (const word of filter.map((one) => one.toUpperCase())) {
    if (word === mechanism || word === 'STATIC:ALL') return true;
    if (word === `!${mechanism}`) return false;
  }
  return filter.every((word) => word.startsWith('!'));
}
