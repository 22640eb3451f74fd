import { constants } from 'node:crypto';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import { requiresMatch, type EffectiveLevel } from '../core/levels/levels.ts';
import { tlsVersions, type TlsParameters, type TlsVersion } from '../core/tls-policy/tls-parameters.ts';

/**
 * What a ClientHello offers. Newer libraries offer a post-quantum key exchange of more than a kilobyte, which makes the
 * ClientHello longer than a packet, and some firewalls break on that: `small` leaves it out. Neither offers DHE,
 * because the server chooses its group, and one of 10,000 bits takes a second. `DHE` offers nothing else, for servers
 * that know nothing better, and `handshake` measures the group before it is used.
 */
export type ClientHello = 'usual' | 'small' | 'DHE';

/** A handshake within a session (RFC 5246 §7.4.1.1) could show a certificate that was not judged. */
const onceOnly = constants.SSL_OP_NO_RENEGOTIATION;

/** Key exchanges whose share has at most 133 octets. Every server of the last decade knows one of them. */
const smallGroups = 'X25519:P-256:P-384:P-521';

/**
 * Older libraries offer the finite-field groups of TLS 1.3 up to 8192 bits by themselves, which take a tenth of a second;
 * OpenSSL 3.5 stops here as well (RFC 7919 §2).
 */
const usualGroups = offersLargeGroups(process.versions.openssl)
  ? 'X25519:P-256:X448:P-521:P-384:ffdhe2048:ffdhe3072'
  : 'auto';

const groups: Readonly<Record<ClientHello, string>> = {
  usual: usualGroups,
  small: smallGroups,
  DHE: usualGroups,
};

/** OpenSSL takes a range of versions, and these options for the gaps in it. */
const withoutVersion: Readonly<Record<TlsVersion, number>> = {
  TLSv1: constants.SSL_OP_NO_TLSv1,
  'TLSv1.1': constants.SSL_OP_NO_TLSv1_1,
  'TLSv1.2': constants.SSL_OP_NO_TLSv1_2,
  'TLSv1.3': constants.SSL_OP_NO_TLSv1_3,
};

/** Whose certificates the library itself trusts. */
export type LibraryAnchors = 'none' | 'of Node.js';

const contexts = new Map<string, SecureContext>();

/**
 * The TLS contexts of handshakes: one for each set of parameters, made when first needed, because making one costs a
 * good part of a handshake. Throws the library's error if the parameters leave no cipher suite.
 */
export function secureContextFor(
  level: EffectiveLevel,
  parameters: TlsParameters,
  hello: ClientHello,
  anchors: LibraryAnchors = 'none',
): SecureContext {
  const { versions, exclude } = parameters;
  const exclusions = exclude.map((word) => `!${word}`);
  const exchange = hello === 'DHE' ? '!kECDHE:!kRSA' : '!kDHE';
  const ciphers = [suitesFor(level, parameters), exchange, ...exclusions, securityLevel(level)].join(':');
  const key = `${versions.join(',')} ${ciphers} ${hello} ${anchors}`;
  let context = contexts.get(key);
  if (context === undefined) {
    // Without trust anchors the library adds nothing to the chain that the server sent. The relay judges it itself.
    context = createSecureContext({
      ...(anchors === 'none' && { ca: [] }),
      // TLS 1.3 has no suites for a key exchange, only groups.
      ...versionOptions(hello === 'DHE' ? versions.filter((version) => version !== 'TLSv1.3') : versions),
      ciphers,
      ecdhCurve: groups[hello],
    });
    contexts.set(key, context);
  }
  return context;
}

/**
 * Where the server need not be authenticated, the relay offers every suite of the library, as Postfix does. Anonymous
 * suites come last, so that a server with a certificate shows it. They lose nothing, because nobody would judge the
 * certificate. Where a certificate has to match, the server must show one.
 */
function suitesFor(level: EffectiveLevel, { ciphers }: TlsParameters): string {
  const never = '!eNULL:!PSK:!SRP';
  if (!requiresMatch(level)) return ciphers === 'high' ? `HIGH:+aNULL:${never}` : `ALL:+aNULL:${never}`;
  return ciphers === 'high' ? `HIGH:!aNULL:${never}` : 'DEFAULT';
}

/** As in Postfix. With OpenSSL 3 level 1 rules out TLS 1.0 and 1.1, whose signatures use SHA-1. */
function securityLevel(level: EffectiveLevel): string {
  return requiresMatch(level) ? '@SECLEVEL=1' : '@SECLEVEL=0';
}

function offersLargeGroups(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < 3 || (major === 3 && minor < 5);
}

function versionOptions(
  versions: readonly TlsVersion[],
): Pick<SecureContextOptions, 'minVersion' | 'maxVersion' | 'secureOptions'> {
  const [minVersion = 'TLSv1.2'] = versions;
  const maxVersion = versions.at(-1) ?? 'TLSv1.3';
  const holes = tlsVersions.filter((version) => !versions.includes(version));
  const secureOptions = holes.reduce((options, version) => options | withoutVersion[version], onceOnly);
  return { minVersion, maxVersion, secureOptions };
}
