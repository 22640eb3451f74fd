import type { Trouble } from '../core/mail/status.ts';
import { heldBySticky, stickyUnknown, stickyWish } from '../core/tls-policy/sticky.ts';
import type { CandidatePorts, CandidateRules } from './candidate.ts';
import type { Leg } from './leg.ts';

/**
 * Mail for a domain that was proved is not returned because an unsigned answer says that the domain has no mail host: whoever can
 * take the signatures away can say that, too. Undefined where nothing is held.
 */
export async function heldWithoutHost(
  { outcome }: Trouble,
  { asked, destination }: Pick<Leg, 'asked' | 'destination'>,
  { tls }: Pick<CandidateRules, 'tls'>,
  { sticky }: Pick<CandidatePorts, 'sticky'>,
): Promise<Trouble | undefined> {
  const settings = tls();
  const wish = destination.kind === 'literal' ? 'off' : stickyWish(asked, settings);
  if (outcome !== 'bounced' || sticky === undefined || wish === 'off') return undefined;
  const { nextHop, host } = destination;
  const { stickyHorizonMs: horizonMs } = settings;
  const facts = { host, mx: 'insecure', address: false, noHost: true } as const;
  const judged = await sticky.judge({ destination: nextHop, facts, wish, horizonMs });
  if (wish === 'warn' || (judged.kind !== 'lost' && judged.kind !== 'unknown')) return undefined;
  const { dsn, reason, fault } =
    judged.kind === 'lost' ? heldBySticky(judged, host) : stickyUnknown(judged.detail);
  const status = {
    outcome: 'deferred',
    scope: 'destination',
    dsn,
    reason,
    tlsFault: { kind: fault, host },
  } as const;
  return judged.kind === 'unknown' ? { ...status, ours: true } : status;
}
