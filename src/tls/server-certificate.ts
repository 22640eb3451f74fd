import { constants, createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import { messageOf } from '../core/error-words.ts';

/** A certificate that we show, with the TLS context that shows it. */
export interface ServerCertificate {
  /** Alternative names, as the log shows them: `relay.example`, `192.0.2.1`. */
  readonly names: readonly string[];
  /** Epoch milliseconds. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** Key of the certificate, for the log. */
  readonly key: { readonly type: string; readonly bits?: number; readonly curve?: string };
  readonly context: SecureContext;
  /** Whether it is for a host of this name (RFC 9525 §6.3). */
  readonly isFor: (name: string) => boolean;
}

/** Certificate and key cannot be used. The message goes on after the name of the file. */
export class UnusableCertificate extends Error {
  override readonly name = 'UnusableCertificate';
}

/**
 * RFC 8446 §9.1, and nothing that a client can make large: no finite-field groups, which take OpenSSL 110 ms at their
 * largest.
 */
const groups = 'X25519:P-256:X448:P-521:P-384';
/** TLS 1.2 with forward secrecy, and RSA key exchange for old clients; no DHE, since no group is configured. */
const ciphers = 'HIGH:!aNULL:!eNULL:!PSK:!SRP:!kDHE:!3DES:!CAMELLIA:!ARIA';

/** Renegotiation costs a handshake each time. Without tickets a client with a certificate shows it each time. */
const always = constants.SSL_OP_NO_RENEGOTIATION;

/**
 * Reads a certificate, its chain and its key in PEM. Throws UnusableCertificate.
 *
 * @param asksForCertificate whether clients are asked for one of theirs
 */
export function readServerCertificate(
  { certificate, key }: { readonly certificate: string; readonly key: string },
  asksForCertificate: boolean,
): ServerCertificate {
  const [, pem] = /(-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----)/.exec(certificate) ?? [];
  if (pem === undefined) throw new UnusableCertificate('no certificate in it');
  const leaf = attempt('a certificate that cannot be read', () => new X509Certificate(pem));
  const privateKey = attempt('no private key in it that can be read', () => createPrivateKey(key));
  if (!leaf.checkPrivateKey(privateKey))
    throw new UnusableCertificate('the key is not that of the certificate');
  const context = attempt('refused by OpenSSL', () =>
    createSecureContext({
      cert: certificate,
      key,
      minVersion: 'TLSv1.2',
      ciphers,
      ecdhCurve: groups,
      honorCipherOrder: true,
      secureOptions: asksForCertificate ? always | constants.SSL_OP_NO_TICKET : always,
      sessionIdContext: 'dane-relay',
    }),
  );
  const { asymmetricKeyType: type = 'unknown', asymmetricKeyDetails: details } = leaf.publicKey;
  return {
    names: namesOfCertificate(leaf),
    notBefore: Date.parse(leaf.validFrom),
    notAfter: Date.parse(leaf.validTo),
    key: {
      type,
      ...(details?.modulusLength !== undefined && { bits: details.modulusLength }),
      ...(details?.namedCurve !== undefined && { curve: details.namedCurve }),
    },
    context,
    isFor: (name) => leaf.checkHost(name) !== undefined,
  };
}

/** Alternative names in lower case, names and addresses alike. */
export function namesOfCertificate({ subjectAltName = '' }: X509Certificate): readonly string[] {
  return subjectAltName
    .split(', ')
    .flatMap((name) => /^(?:DNS|IP Address):(.+)$/.exec(name)?.[1] ?? [])
    .map((name) => name.toLowerCase());
}

function attempt<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new UnusableCertificate(`${what} (${messageOf(error)})`, { cause: error });
  }
}
