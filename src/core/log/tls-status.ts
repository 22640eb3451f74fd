import type { TlsFault } from '../mail/status.ts';
import type { EffectiveLevel } from '../levels/levels.ts';

/** What came of the security level that policy asked for, in the form of Postfix's `tls=` (3.11 and newer). */
export type TlsStatus = string;

/** A session: at the level asked for, or at a lesser one that policy allows. */
export function tlsReached(initial: EffectiveLevel, final: EffectiveLevel): TlsStatus {
  return initial === final ? word(initial) : `${word(initial)}:${word(final)}`;
}

/** No session: the host broke what policy asks for, or it never came to that. */
export function tlsMissed(level: EffectiveLevel, fault: TlsFault['kind'] | undefined): TlsStatus {
  const broken = fault === 'certificate' || fault === 'not offered' || fault === 'refused';
  return broken ? `!${word(level)}` : `${word(level)}?`;
}

/** The host was passed over before its level was known. */
export const tlsUnknown: TlsStatus = 'unknown?';

function word(level: EffectiveLevel): string {
  return level === 'half-dane' ? 'halfdane' : level;
}
