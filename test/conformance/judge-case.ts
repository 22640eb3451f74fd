import type { KitCase } from './case.ts';
import type { Played } from './play.ts';

export type CaseVerdict =
  /** As the RFCs have it. */
  | 'as expected'
  /** Mail went where it must not go, or in clear to a host that publishes TLSA records. */
  | 'UNSAFE'
  /** Mail went in clear to a host that offers TLS. Its domain publishes nothing, so that nothing forbids it. */
  | 'in clear'
  /** The host has more mails than were sent. */
  | 'more than once'
  /** The mail server says that it was delivered, and the host does not have it. */
  | 'not seen'
  /** Mail waits or comes back that could have been delivered. */
  | 'not delivered'
  /** Nothing came in clear that must not, and the vectors know why somebody does otherwise. */
  | 'known difference'
  /** It comes back where it should wait, or waits where it should come back, or waits and has arrived. */
  | 'other outcome';

/** What a run says of a case. Danger is told before anything else. */
export function judgeCase(
  wanted: Pick<KitCase, 'outcome' | 'mails' | 'mayBeInClear' | 'knownDifference'>,
  played: Played,
): CaseVerdict {
  const verdict = plainVerdict(wanted, played);
  const isKnown = wanted.knownDifference !== undefined && !(played.inClear && !wanted.mayBeInClear);
  return verdict !== 'as expected' && isKnown ? 'known difference' : verdict;
}

function plainVerdict(
  wanted: Pick<KitCase, 'outcome' | 'mails' | 'mayBeInClear'>,
  { outcome, mails, astray, inClear }: Played,
): CaseVerdict {
  if (astray > 0 || (mails > 0 && wanted.mails === 0)) return 'UNSAFE';
  if (inClear && !wanted.mayBeInClear) return 'UNSAFE';
  // It went somewhere that nobody looked at.
  if (outcome === 'delivered' && wanted.outcome !== 'delivered') return 'UNSAFE';
  if (mails > wanted.mails) return 'more than once';
  if (outcome === wanted.outcome) {
    if (mails < wanted.mails) return 'not seen';
    return inClear ? 'in clear' : 'as expected';
  }
  return wanted.outcome === 'delivered' && mails === 0 ? 'not delivered' : 'other outcome';
}
