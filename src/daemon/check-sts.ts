import { setImmediate as nextTurn } from 'node:timers/promises';
import type { StsUnproved } from '../core/check/report.ts';
import { isListed } from '../core/check/sts-view.ts';
import { verifyDnsId } from '../core/dane/verify-dns-id.ts';
import type { StsFinding } from '../core/sts/sts-finding.ts';
import type { AddressOfHost, Check } from './check-address.ts';

/** The MTA-STS policy of the destination, whether or not the settings of this relay heed it. */
export async function stsOf({ means, options, signal }: Check): Promise<StsFinding | undefined> {
  const { destination } = options;
  if (destination.kind === 'literal') return undefined;
  return means.sts.find(destination.host, means.lookups.asker(), signal);
}

/** The addresses whose certificate does not fulfil the policy of the destination (RFC 8461 §4.2). */
export async function unprovedBy(
  finding: StsFinding | undefined,
  addresses: readonly AddressOfHost[],
  { means, judgeAt, signal }: Check,
): Promise<readonly StsUnproved[]> {
  const unproved: StsUnproved[] = [];
  for (const { host, shown, chain } of addresses) {
    if (chain.length === 0 || !isListed(finding, host)) continue;
    // One that leads the search astray takes some time.
    await nextTurn();
    signal.throwIfAborted();
    const verdict = verifyDnsId(chain, means.tls.settings().stsAuthorities(), host, judgeAt());
    if (verdict.kind === 'mismatch')
      unproved.push({ host, address: shown.address, port: shown.port, reason: verdict.detail });
  }
  return unproved;
}
