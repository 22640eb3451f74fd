import { openSslIsAtLeast } from '../../support/openssl-version.ts';
import type { KnownDifference } from './comparison.ts';

/**
 * Where we judge otherwise than OpenSSL (decision 6): for reasons, and where the library of Node.js and the one that is asked
 * here know different algorithms.
 *
 * @param version of the OpenSSL that is asked: `OpenSSL 3.0.17`
 */
export function knownDifferences(version: string): readonly KnownDifference[] {
  const ours = openSslIsAtLeast(3, 5);
  const theirs = openSslIsAtLeast(3, 5, version.replace('OpenSSL ', ''));
  return ours === theirs ? onPurpose : [...onPurpose, ofLibraries(ours, theirs)];
}

function ofLibraries(ours: boolean, theirs: boolean): KnownDifference {
  return {
    cases: [/^signed by ECDSA with SHA3-256: (?:leaf|authority), /],
    ours: ours ? 'matched' : 'mismatch',
    openssl: theirs ? 'matched' : 'mismatch',
    reason: 'OpenSSL before 3.5 knows no certificates signed by ECDSA with SHA-3.',
  };
}

const onPurpose: readonly KnownDifference[] = [
  {
    cases: [
      /^authority 1 valid to this second: .* of authority [23]$/,
      /^authority [23] valid to this second: .* of authority 3$/,
      /^leaf valid to this second: 2 /,
      /^self-signed leaf valid to this second: 2 1 0$/,
    ],
    ours: 'matched',
    openssl: 'mismatch',
    reason: 'RFC 5280 §4.1.2.5: notAfter belongs to the validity period; OpenSSL ends a second early.',
  },
  {
    cases: [
      /^authority 1 for anything: /,
      /^authority 2 for anything: .* of authority [23]$/,
      /^authority 3 for anything: .* of authority 3$/,
      /^leaf for anything: 2 /,
      /^self-signed leaf for anything: 2 1 0$/,
    ],
    ours: 'matched',
    openssl: 'mismatch',
    reason: 'RFC 5280 §4.2.1.12: anyExtendedKeyUsage is any purpose, that of a TLS server too.',
  },
  {
    cases: [
      /^authority [12] wrong authority key identifier: 2 0 1 of authority 3$/,
      /^leaf wrong authority key identifier: 2 0 1$/,
      /^an authority key identifier of issuer and serial number: 2 0 1 of its issuer/,
    ],
    ours: 'matched',
    openssl: 'mismatch',
    reason: 'RFC 4158 §3.5.12: a key identifier is a hint; the signature decides who the issuer is.',
  },
  {
    cases: [
      /^cross-signed, by one, (?:its root missing, )?by two: .* of root two$/,
      /^cross-signed, by two, (?:its root missing, )?by one: .* of root one$/,
      /^cross-signed, self-signed, by one: .* of root one$/,
      /^cross-signed, (?:by two|by two, its root missing|self-signed), by one: 2 0 1 of cross by one$/,
      /^cross-signed, an impostor, by one: .* of (?:root one|cross by one)$/,
      /^cross-signed, an impostor alone: 2 1 0 of cross by one$/,
    ],
    ours: 'matched',
    openssl: 'mismatch',
    reason: 'Where several certificates may be the issuer we search on; OpenSSL stays with its first choice.',
  },
  {
    cases: [/^issuer sent with its key, (?:CA:FALSE|excludes the domain|for clients|unknown .*): 2 1 0$/],
    ours: 'matched',
    openssl: 'mismatch',
    reason:
      'RFC 7671 §5.2.3: the trust anchor is the bare key. Without the unsound certificate of that key beside it both accept it.',
  },
  {
    cases: [/^Netscape certificate type: client: 2 . . of its issuer(?:, not sent)?$/],
    ours: 'matched',
    openssl: 'mismatch',
    reason: 'No RFC has this forerunner of extended key usage, and we do not read it.',
  },
  {
    cases: [
      /^authority 1 RSA-1016: /,
      /^authority 2 RSA-1016: .* of authority [23]$/,
      /^authority 3 RSA-1016: .* of authority 3$/,
      /^leaf RSA-1016: /,
      /^self-signed leaf RSA-1016: 2 1 0$/,
    ],
    ours: 'mismatch',
    openssl: 'matched',
    reason:
      'Security level 1 is documented as 1024 bits; the estimate in the code lets somewhat shorter keys pass.',
  },
  {
    cases: [/^key (?:secp160r1|brainpoolP160r1|sect163k1|sect233k1|sect571r1): /],
    ours: 'mismatch',
    openssl: 'matched',
    reason:
      'RFC 9325 §4.5 asks for 224 bits, and NIST SP 800-186 gives binary fields up. The list is of what authorities use.',
  },
  {
    cases: [/^key DSA-/, /^signed by DSA with SHA-256: (?:authority|leaf), /],
    ours: 'mismatch',
    openssl: 'matched',
    reason:
      'FIPS 186-5 §4 gives DSA up, no version of TLS takes a server with it any more, and a key may cost 60 ms.',
  },
  {
    cases: [/^signed by RSA with RIPEMD-160: (?:authority|leaf), /],
    ours: 'mismatch',
    openssl: 'matched',
    reason: 'RFC 5280 and its successors know SHA-2 and SHA-3; nobody signs with this.',
  },
  {
    cases: [/^key (?:secp112r1|secp128r1|sect113r1|.* in so many words): 2 1 0 of it, not sent$/],
    ours: 'mismatch',
    openssl: 'matched',
    reason:
      'A bare key is held to what keys are held to elsewhere; OpenSSL looks at those of certificates alone.',
  },
  {
    cases: [/^authority [12] SHA-1: 2 1 0 /, /^(?:self-signed )?leaf SHA-1: 2 1 0/],
    ours: 'mismatch',
    openssl: 'matched',
    reason:
      'A signature by a bare key counts like any other; OpenSSL spares the digest of the topmost certificate.',
  },
  {
    cases: [
      /^(?:self-signed )?leaf (?:malformed .*|alternative name without a name|no key usage bit): 2 1 0/,
      /^path length below 0: 2 1 0 /,
    ],
    ours: 'mismatch',
    openssl: 'matched',
    reason:
      'Under a bare key alone OpenSSL forgives a leaf with an extension it cannot read; under a certificate it does not.',
  },
  {
    cases: [
      /^(?:dNSName|Common Name) "(?:\*mx|m\*|\*x)\.example\.test" for (?:mx|MX)\.example\./,
      /^dNSName "m\*\..* for mx-\./,
    ],
    ours: 'mismatch',
    openssl: 'matched',
    reason: 'Like Postfix, which tells OpenSSL so: a wildcard is the whole label. `s_client` cannot be told.',
  },
  {
    cases: [/^Common Name as UniversalString$/],
    ours: 'mismatch',
    openssl: 'matched',
    reason: 'RFC 5280 §4.1.2.4 wants no new certificates with it, and we do not read it.',
  },
  {
    cases: [/^"mx\.example\.test" excluded: a wildcard$/],
    ours: 'mismatch',
    openssl: 'matched',
    reason: 'A wildcard that stands for an excluded name, too, is within the excluded subtree.',
  },
  {
    cases: [
      /^mail (?:example\.test permitted|other\.test excluded): root@/,
      /^URI (?:example\.test permitted|other\.test excluded): http:/,
    ],
    ours: 'mismatch',
    openssl: 'matched',
    reason:
      'RFC 5280 §4.2.1.10: a name under a constraint that we do not implement must be refused; OpenSSL implements these.',
  },
  {
    cases: [
      /^name constraints: minimum 0 in so many words$/,
      /^octets after an extension: 2 /,
      /^an alternative name of long length: 2 /,
      /^a (?:validity|subject) of long length: (?:2 0 1|2 1|3)/,
      /^a public key of long length: 2 (?:0 1|1 0) of its issuer/,
    ],
    ours: 'mismatch',
    openssl: 'matched',
    reason:
      'RFC 5280 §4.1: certificates are in DER; we refuse what is not, and what has more in it than it should.',
  },
  {
    cases: [
      /^(?:UTCTime|GeneralizedTime) with.*: 2 (?:0 0|1 1) of it/,
      /^(?:a date|midnight) .*: 2 (?:0 0|1 1) of it/,
    ],
    ours: 'mismatch',
    openssl: 'matched',
    reason:
      'RFC 5280 §4.1.2.5: dates have one form; OpenSSL does not look at those of an anchor that somebody else issued.',
  },
  {
    cases: [/^an unknown extension twice: 2 /, /^a subject of an empty set: 2 /],
    ours: 'mismatch',
    openssl: 'matched',
    reason: 'RFC 5280 §4.2, §4.1.2.4: extensions are not repeated, and relative names are not empty.',
  },
  {
    cases: [/^critical Netscape certificate type: 2 /, /^critical OCSP no check: 2 /],
    ours: 'mismatch',
    openssl: 'matched',
    reason: 'OpenSSL knows these extensions; we obey RFC 5280 §4.2 and refuse what we do not know.',
  },
  {
    cases: [/^version 4: (?:2 1|2 0 1|3)/],
    ours: 'mismatch',
    openssl: 'matched',
    reason: 'RFC 5280 §4.1.2.1: there is no such version.',
  },
  {
    cases: [/^(?:version 4|a (?:validity|subject|public key) of long length): 2 0 0 /],
    ours: 'unusable',
    openssl: 'matched',
    reason: 'What we do not take for a certificate is no association data of a 2 0 0 record either.',
  },
  {
    cases: [/^record of (?:.*serial number.*|a subject .*|no validity|a date .*): 3 0 0$/],
    ours: 'mismatch',
    openssl: 'unusable',
    reason:
      'Whether a record is usable depends on its key alone; OpenSSL reads the whole certificate. Ours is the safer side.',
  },
  {
    cases: [/^alone: [01] [01] [012]$/],
    ours: 'unusable',
    openssl: 'mismatch',
    reason: 'RFC 7672 §3.1.3: usages 0 and 1 are unusable for SMTP. Postfix keeps them from OpenSSL.',
  },
  {
    cases: [/^set: PKIX-EE beside a bad DANE-EE$/],
    ours: 'mismatch',
    openssl: 'mismatch',
    reason: 'As above: one more record is ignored.',
  },
  {
    cases: [/^set: PKIX-EE beside a good DANE-EE$/, /^set: PKIX-TA beside a good DANE-TA$/],
    ours: 'matched',
    openssl: 'matched',
    reason: 'As above: one more record is ignored.',
  },
];
