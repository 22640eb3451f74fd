import type { DeliveryStatus } from '../mail/status.ts';

/** What one delivery reveals about the destination, as opposed to the mail. */
export type SiteVerdict =
  | { readonly kind: 'at work' }
  | { readonly kind: 'trouble'; readonly status: DeliveryStatus }
  /** Nothing, because the trouble was ours. */
  | { readonly kind: 'unknown' };

interface Told {
  readonly status: DeliveryStatus;
  /** A session of this delivery ran to its end. */
  readonly answered?: boolean;
}

/**
 * A destination is at work if one session with one of its hosts ran to its end, whatever the other hosts did and
 * whatever the replies about the mail were, or if a refusal is permanent. It is in trouble if there was no such
 * session, and mail was deferred because of a host or of all hosts.
 */
export function siteVerdict(told: readonly Told[]): SiteVerdict {
  if (told.some(({ answered }) => answered === true)) return { kind: 'at work' };
  const trouble = told.find(({ status }) => isSiteTrouble(status));
  if (trouble !== undefined) return { kind: 'trouble', status: trouble.status };
  // That a host is none for mail that requires TLS tells nothing of it.
  const isRefused = told.some(({ status }) => status.outcome === 'bounced' && status.tlsFault === undefined);
  return isRefused ? { kind: 'at work' } : { kind: 'unknown' };
}

/** A soft failure that says nothing about the mail: another message would have met it too. */
export function isSiteTrouble({ outcome, scope, ours }: DeliveryStatus): boolean {
  return outcome === 'deferred' && ours !== true && (scope === 'host' || scope === 'destination');
}
