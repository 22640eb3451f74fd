import { createSecureContext, type SecureContext } from 'node:tls';
import { requiresTls, type EffectiveLevel } from '../core/route/levels.ts';

/**
 * What we offer where TLS is better than nothing: all the library has, old versions and anonymous suites included
 * (last, so that a server with a certificate shows it). Whoever could break these could as well strip STARTTLS.
 */
const opportunistic = { minVersion: 'TLSv1', ciphers: 'ALL:+aNULL:!eNULL:!PSK:!SRP:@SECLEVEL=0' } as const;

/**
 * What we offer where TLS is required: TLS 1.2 or newer with a certificate (RFC 7672 §8.2). Security level 1 is
 * Postfix's too; with OpenSSL 3 it rules out TLS 1.0 and 1.1, whose signatures use SHA-1.
 */
const mandatory = { minVersion: 'TLSv1.2', ciphers: 'DEFAULT:@SECLEVEL=1' } as const;

const contexts = new Map<typeof opportunistic | typeof mandatory, SecureContext>();

/** One context for each kind of level, made when first asked for: it costs a good part of a handshake. */
export function secureContextFor(level: EffectiveLevel): SecureContext {
  const settings = requiresTls(level) ? mandatory : opportunistic;
  let context = contexts.get(settings);
  if (context === undefined) {
    // Without trust anchors the library adds nothing to the chain the server sent; we judge it ourselves.
    context = createSecureContext({ ca: [], ...settings });
    contexts.set(settings, context);
  }
  return context;
}
