import type { TlsFault } from '../mail/status.ts';
import type { RequireTlsFit } from '../mail/tls-need.ts';
import type { EffectiveLevel } from '../levels/levels.ts';

/** What became of the security level that policy demanded, in the form of Postfix's `tls=` (3.11 and newer). */
export type TlsStatus = string;

/** There was a session, at the demanded level or at a lesser one that policy allows. */
export function tlsReached(initial: EffectiveLevel, final: EffectiveLevel): TlsStatus {
  return initial === final ? word(initial) : `${word(initial)}:${word(final)}`;
}

/** There was no session: the host failed the demand, or it never came to that. */
export function tlsMissed(level: EffectiveLevel, fault: TlsFault['kind'] | undefined): TlsStatus {
  // RFC 8689: the host is as it should be, and the message asks for more.
  if (fault === 'no REQUIRETLS') return word(level);
  const broken = fault === 'certificate' || fault === 'not offered' || fault === 'refused';
  return broken ? `!${word(level)}` : `${word(level)}?`;
}

/** @param fit whether the session was fit for a message that requires TLS, or what it lacked */
export function withRequireTls(tls: TlsStatus, fit: RequireTlsFit): TlsStatus {
  return fit === 'requiretls' ? `${tls}/requiretls` : `${tls}/!requiretls:${fit}`;
}

/** A host was not fit for it. */
export function requireTlsMissed(tls: TlsStatus, fault: TlsFault['kind'] | undefined): TlsStatus {
  return withRequireTls(tls, fault === 'no REQUIRETLS' ? 'none' : 'nocertmatch');
}

/** The host was skipped before its level was known. */
export const tlsUnknown: TlsStatus = 'unknown?';

function word(level: EffectiveLevel): string {
  return level === 'half-dane' ? 'halfdane' : level;
}
