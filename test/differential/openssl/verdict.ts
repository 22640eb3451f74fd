import type { TlsaRecord } from '../../../src/core/dns/record.ts';

/**
 * A verdict as text, the same whoever gave it: `matched 2 at 1` (certificate usage and depth), `mismatch` or
 * `unusable` (not one usable record), and behind it how many records were ignored.
 */
export type Verdict = string;

export function verdictText(kind: string, ignored: number): Verdict {
  return ignored === 0 ? kind : `${kind}, ignored ${ignored}`;
}

/** The presentation form of RFC 6698 §2.2. */
export function presentation({ usage, selector, matching, data }: TlsaRecord): string {
  return `${usage} ${selector} ${matching} ${Buffer.from(data).toString('hex')}`;
}
