import type { Authorities } from './authorities.ts';
import { mismatch } from './mismatch.ts';
import { shownName } from './names.ts';
import type { Mismatch } from './verdict.ts';
import { verifyAuthority } from './verify-authority.ts';

/**
 * Judges the certificates of a server by authorities and by a name that must be among the DNS-IDs of its certificate
 * (RFC 8461 §3.3, §4.2; RFC 9525 §6.3). A Common Name never counts, and a wildcard stands for one whole label, the first.
 */
export function verifyDnsId(
  chain: readonly Uint8Array[],
  authorities: Authorities,
  name: string,
  nowMs: number,
): { readonly kind: 'verified' } | Mismatch {
  const verdict = verifyAuthority(chain, authorities, nowMs);
  if (verdict.kind === 'mismatch') return verdict;
  const { dnsNames, subject } = verdict.leaf;
  const shown = shownName({ dnsNames, subject: { ...subject, commonNames: [] } }, [name]);
  return shown === undefined ? mismatch('name mismatch', 0) : { kind: 'verified' };
}
