import { matchingPattern } from '../sts/sts-policy.ts';
import type { StsFinding } from '../sts/sts-finding.ts';
import type { ShownHost, ShownSts, StsUnproved } from './report.ts';

/** Whether a host has to prove itself by the MTA-STS policy of the destination, to senders that heed it. */
export function isListed(finding: StsFinding | undefined, host: string): boolean {
  if (finding?.kind !== 'found' || finding.known === undefined) return false;
  const { mode, mx } = finding.known.policy;
  return mode !== 'none' && matchingPattern(mx, host) !== undefined;
}

/**
 * What was found of the MTA-STS policy of the destination; undefined if there is nothing to say.
 *
 * @param unproved addresses whose certificate would not do, if they were looked at
 */
export function shownSts(
  finding: StsFinding | undefined,
  hosts: readonly ShownHost[],
  unproved: readonly StsUnproved[] = [],
): ShownSts | undefined {
  if (finding === undefined) return undefined;
  if (finding.kind === 'failed') return { domain: finding.domain, trouble: finding.detail };
  const { domain, known, trouble } = finding;
  if (known === undefined && trouble === undefined) return undefined;
  if (known === undefined) return { domain, ...(trouble !== undefined && { trouble: trouble.detail }) };
  const { mode, maxAge, mx } = known.policy;
  return {
    domain,
    mode,
    id: known.id,
    maxAge,
    mx,
    ...(mode !== 'none' && {
      unlisted: hosts.map(({ name }) => name).filter((name) => matchingPattern(mx, name) === undefined),
    }),
    ...(unproved.length > 0 && { unproved }),
    ...(trouble !== undefined && { trouble: trouble.detail }),
  };
}

/** `MTA-STS of example.org: enforce, id 1, for 7 days, mx mx.example.org` */
export function stsLines(sts: ShownSts | undefined): readonly string[] {
  if (sts === undefined) return [];
  const { domain, mode, id, maxAge = 0, mx = [], unlisted = [], unproved = [], trouble } = sts;
  const policy =
    mode === undefined
      ? 'no policy that counts'
      : `${mode}, id ${id}, for ${Math.round(maxAge / 86_400)} days, mx ${mx.length === 0 ? 'none' : mx.join(' ')}`;
  return [
    `MTA-STS of ${domain}: ${policy}`,
    ...unlisted.map(
      (name) => `  ${name} is not listed${mode === 'enforce' ? ': mail goes there only by DANE' : ''}`,
    ),
    ...unproved.map(
      ({ host, address, port, reason }) =>
        `  ${host}[${address}]:${port} shows a certificate that would not do: ${reason}`,
    ),
    ...(trouble === undefined ? [] : [`  ${trouble}`]),
  ];
}
