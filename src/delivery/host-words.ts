import type { KeptPolicy } from '../core/mail/kept.ts';
import { hostSts } from '../core/sts/host-sts.ts';
import type { StsFinding } from '../core/sts/sts-finding.ts';
import type { TlsaFinding } from '../core/tls-policy/tlsa-lookup.ts';
import type { FoundHosts } from './find-addresses.ts';
import type { Leg } from './leg.ts';

/** What the operator asks of a host, as it is kept with the evidence. */
export function keptPolicy({ asked, rule, namedIn }: Leg): KeptPolicy {
  const level = asked.kind === 'level' ? asked.level : 'invalid';
  return { level, rule, ...(namedIn !== undefined && { via: namedIn }) };
}

/** `MX signed; address signed; TLSA signed, 1 of 2 usable, TTL 3600` */
export function dnsWords(
  mx: FoundHosts['mailHosts']['mx'],
  isSecure: boolean,
  tlsa: TlsaFinding | undefined,
  usable: number,
): string {
  const words = [
    mx === 'none' ? 'no MX' : `MX ${mx === 'secure' ? 'signed' : 'not signed'}`,
    `address ${isSecure ? 'signed' : 'not signed'}`,
  ];
  if (tlsa?.kind === 'records') {
    words.push(`TLSA signed, ${usable} of ${tlsa.records.length} usable, TTL ${tlsa.ttl}`);
  } else if (tlsa?.kind === 'failed') words.push(`${tlsa.type} failed: ${tlsa.detail}`);
  else if (tlsa?.kind === 'none') words.push(tlsa.reason);
  return words.join('; ');
}

/** `MTA-STS enforce, id 20260101, host listed` */
export function stsWords(finding: StsFinding | undefined, host: string): readonly string[] {
  if (finding === undefined) return [];
  if (finding.kind === 'failed') return [`MTA-STS unknown: ${finding.detail}`];
  const { known, trouble } = finding;
  const sts = hostSts(finding, host, 'enforce');
  const words =
    known === undefined
      ? 'no MTA-STS policy'
      : `MTA-STS ${known.policy.mode}, id ${known.id}${sts === undefined ? '' : `, host ${sts.listed ? 'listed' : 'not listed'}`}`;
  return trouble === undefined ? [words] : [words, `MTA-STS trouble: ${trouble.detail}`];
}
