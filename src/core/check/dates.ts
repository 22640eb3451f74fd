import type { CheckReport, ShownAddress } from './report.ts';

const dayMs = 86_400_000;

/** Whole days from then on; negative if it is past. */
export function daysUntil(notAfter: string, from: number): number {
  return Math.floor((Date.parse(notAfter) - from) / dayMs);
}

/** Epoch milliseconds as of which certificates were judged. */
export function judgedAt({ judgedAt: then, checkedAt }: Pick<CheckReport, 'judgedAt' | 'checkedAt'>): number {
  return Date.parse(then ?? checkedAt);
}

/**
 * Days until the first certificate of an address expires on which something depends. Under usage 3 nothing depends on
 * dates (RFC 7671 §5.1), so it is the server's own. Undefined if it has shown none that can be read.
 */
export function daysLeft(address: ShownAddress, from: number): Expiry | undefined {
  const matters = datesMatter(address);
  const shown = address.session?.chain ?? [];
  const days = (matters ? shown : shown.slice(0, 1)).flatMap(({ notAfter }) =>
    notAfter === undefined ? [] : [daysUntil(notAfter, from)],
  );
  return days.length === 0 ? undefined : { days: Math.min(...days), matters };
}

export interface Expiry {
  readonly days: number;
  /** The host is no longer authenticated then. */
  readonly matters: boolean;
}

/** It is authenticated by a trust anchor alone (RFC 7671 §5.2). */
function datesMatter({ tlsa }: ShownAddress): boolean {
  if (tlsa.kind !== 'records') return false;
  const matching = tlsa.records.filter(
    ({ usable, suppressed, matches }) => usable && !suppressed && matches.length > 0,
  );
  return matching.length > 0 && !matching.some(({ usage, matches }) => usage === 3 && matches.includes(0));
}
