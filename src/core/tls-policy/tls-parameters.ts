export const tlsVersions = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;
export type TlsVersion = (typeof tlsVersions)[number];

export const cipherGrades = ['medium', 'high'] as const;
export type CipherGrade = (typeof cipherGrades)[number];

/** What we offer in a handshake. */
export interface TlsParameters {
  /** Ascending, at least one. */
  readonly versions: readonly TlsVersion[];
  readonly ciphers: CipherGrade;
  /** Words of OpenSSL's cipher lists for suites that are not offered. They do not reach TLS 1.3. */
  readonly exclude: readonly string[];
}

/** Versions that OpenSSL has no more: a list may mention them, and nothing comes of it. */
const goneVersions = ['sslv2', 'sslv3'];
const order = [...goneVersions, ...tlsVersions.map((version) => version.toLowerCase())];

/**
 * Reads a list of protocols as Postfix has them, with colons, commas or spaces between: `>=TLSv1.2` and `<=TLSv1.2` are
 * bounds, `!TLSv1.1` leaves one out, and where versions are named only they are in. Undefined if a word is unknown or
 * no version is left.
 */
export function parseProtocols(text: string): readonly TlsVersion[] | undefined {
  const named = new Set<number>();
  const excluded = new Set<number>();
  let [lowest, highest] = [0, order.length - 1];
  for (const word of text.split(/[\s,:]+/).filter((part) => part !== '')) {
    const [, operator = '', name = ''] = /^(>=|<=|!)?(.*)$/.exec(word) ?? [];
    const rank = order.indexOf(name.toLowerCase());
    if (rank === -1) return undefined;
    if (operator === '>=') lowest = rank;
    else if (operator === '<=') highest = rank;
    else if (operator === '!') excluded.add(rank);
    else named.add(rank);
  }
  const versions = tlsVersions.filter((_, index) => {
    const rank = index + goneVersions.length;
    const wanted = named.size === 0 || named.has(rank);
    return wanted && rank >= lowest && rank <= highest && !excluded.has(rank);
  });
  return versions.length > 0 ? versions : undefined;
}

/** The grades that Postfix no longer tells from `medium`, for OpenSSL has none of their suites any more. */
const formerGrades = new Set(['low', 'export']);

export function parseCipherGrade(text: string): CipherGrade | undefined {
  const grade = text.toLowerCase();
  return formerGrades.has(grade) ? 'medium' : cipherGrades.find((known) => known === grade);
}

/**
 * One word of a list of suites to exclude, `RC4` or `ECDHE-RSA-AES128-SHA` or `SHA1+DES`: nothing that could add to an
 * OpenSSL cipher list or set its security level.
 */
export function isCipherWord(word: string): boolean {
  return /^[A-Za-z0-9]+(?:[-_+][A-Za-z0-9]+)*$/.test(word);
}
