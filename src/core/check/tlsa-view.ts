import { budgetOf } from '../dane/budget.ts';
import { depthFinder } from '../dane/match.ts';
import {
  daneDigests,
  matchings,
  selectors,
  strongestDigests,
  usability,
  type DaneDigest,
} from '../dane/tlsa.ts';
import type { TlsaRecord } from '../dns/record.ts';
import type { TlsaFinding } from '../tls-policy/tlsa-lookup.ts';
import type { ShownRecord, ShownTlsa } from './report.ts';

/** Whose certificate this is, as far as somebody more liberal than the relay can tell. */
export type Says = (der: Uint8Array) => string | undefined;

/** Records of one host that are looked at one by one; the server may publish more, and each costs some time. */
const MOST_RECORDS = 200;

/** What was found below the names of a host, and what each record is worth for the chain that the host has shown. */
export function shownTlsa(
  finding: TlsaFinding | undefined,
  chain: readonly Uint8Array[],
  digests: readonly DaneDigest[] = daneDigests,
  says: Says = () => undefined,
): ShownTlsa {
  if (finding === undefined) return { kind: 'not asked' };
  switch (finding.kind) {
    case 'none':
      return { kind: 'none', reason: finding.reason };
    case 'failed':
      return { kind: 'failed', name: finding.name, detail: finding.detail };
    case 'records': {
      const { baseDomain, owner, ttl, records } = finding;
      return {
        kind: 'records',
        baseDomain,
        owner,
        ttl,
        records: shownRecords(records, chain, digests, says),
      };
    }
  }
}

function shownRecords(
  records: readonly TlsaRecord[],
  chain: readonly Uint8Array[],
  digests: readonly DaneDigest[],
  says: Says,
): readonly ShownRecord[] {
  const looked = records
    .slice(0, MOST_RECORDS)
    .map((record) => ({ record, worth: usability(record, digests) }));
  const usable = looked.filter(({ worth }) => worth.usable).map(({ record }) => record);
  const counting = new Set(strongestDigests(usable, digests));
  const depthsOf = depthFinder(chain, budgetOf());
  return looked.map(({ record, worth }) => {
    const { usage, selector, matching, data } = record;
    const isCertificate = selector === selectors.certificate && matching === matchings.full;
    const whose = !worth.usable && isCertificate ? says(data) : undefined;
    return {
      usage,
      selector,
      matching,
      data: Buffer.from(data).toString('hex'),
      usable: worth.usable,
      ...(!worth.usable && { reason: worth.reason }),
      ...(whose !== undefined && { says: whose }),
      suppressed: worth.usable && !counting.has(record),
      matches: depthsOf(record),
    };
  });
}
