import type { DeliveryStatus } from '../mail/status.ts';

/** What one delivery tells about the destination, as opposed to the mail. */
export type SiteVerdict =
  | { readonly kind: 'at work' }
  | { readonly kind: 'trouble'; readonly status: DeliveryStatus }
  /** Nothing: the trouble was ours. */
  | { readonly kind: 'unknown' };

interface Told {
  readonly status: DeliveryStatus;
  /** A session of this delivery ran its course. */
  readonly answered?: boolean;
}

/**
 * A destination is at work when one session with a host of it ran its course, whatever the other hosts did and whatever it
 * said of the mail, or when a refusal is for good. It is in trouble when there was no such session and mail was deferred
 * because of a host or of all of them.
 */
export function siteVerdict(told: readonly Told[]): SiteVerdict {
  if (told.some(({ answered }) => answered === true)) return { kind: 'at work' };
  const trouble = told.find(({ status }) => isSiteTrouble(status));
  if (trouble !== undefined) return { kind: 'trouble', status: trouble.status };
  return told.some(({ status }) => status.outcome === 'bounced') ? { kind: 'at work' } : { kind: 'unknown' };
}

/** A soft failure that says nothing about the mail: another message would have met with it as well. */
export function isSiteTrouble({ outcome, scope, ours }: DeliveryStatus): boolean {
  return outcome === 'deferred' && ours !== true && (scope === 'host' || scope === 'destination');
}
