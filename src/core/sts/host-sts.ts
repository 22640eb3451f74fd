import type { Mismatch } from '../dane/verdict.ts';
import type { TlsFault } from '../mail/status.ts';
import type { HostSts, StsEvaluated, StsFinding, StsPolicyTrouble, StsResult } from './sts-finding.ts';
import { matchingPattern } from './sts-policy.ts';

type Failure = Extract<StsResult, { kind: 'failure' }>;

/** What the operator makes of the policies of others (`tls.mta_sts`). */
export const stsWishes = ['off', 'testing', 'enforce'] as const;
export type StsWish = (typeof stsWishes)[number];

/** What a policy has to do with a host; undefined where none applies. */
export function hostSts(
  finding: StsFinding,
  host: string,
  wish: Exclude<StsWish, 'off'>,
): HostSts | undefined {
  if (finding.kind === 'failed' || finding.known === undefined) return undefined;
  const { domain, known } = finding;
  const { mode, mx, lines } = known.policy;
  if (mode === 'none') return undefined;
  return {
    domain,
    host,
    mode: wish === 'testing' ? 'testing' : mode,
    id: known.id,
    lines,
    mx,
    listed: matchingPattern(mx, host) !== undefined,
  };
}

/** What is wrong with the policy of the destination, whether or not one applies. */
export function policyTrouble(finding: StsFinding): StsPolicyTrouble | undefined {
  if (finding.kind === 'failed' || finding.trouble === undefined) return undefined;
  const { domain, known, trouble } = finding;
  const { lines = trouble.lines ?? [], mx = [] } = known?.policy ?? {};
  return { ...trouble, domain, lines, mx };
}

/**
 * Whether MTA-STS vouches for the name of a mail host: an enforced policy lists it. RFC 8689 §4.2.1 asks for that, or for
 * signed MX records.
 */
export function isNamedBySts(sts: HostSts | undefined): boolean {
  return sts !== undefined && sts.mode === 'enforce' && sts.listed;
}

/** The policy as it was evaluated for a host that it does not list: no session is needed to know that. */
export function notListed(sts: HostSts): StsEvaluated {
  return { ...sts, type: 'sts', result: mxMismatch };
}

/** RFC 8460 §4.3 has no better type for it. */
export const mxMismatch: StsResult = {
  kind: 'failure',
  type: 'validation-failure',
  code: 'sts-mx-mismatch',
};

/** The policy as it was evaluated in a session. */
export function stsEvaluated(sts: HostSts, result: StsResult): StsEvaluated {
  return sts.listed ? { ...sts, type: 'sts', result } : notListed(sts);
}

/** Where the cause itself, with hyphens, is not the code of a certificate that is not trusted. */
const certificateResults: Partial<Record<Mismatch['cause'], Omit<Failure, 'kind'>>> = {
  'name mismatch': { type: 'certificate-host-mismatch' },
  expired: { type: 'certificate-expired' },
  'no certificate': { type: 'validation-failure', code: 'no-peer-certificate' },
  'not yet valid': { type: 'certificate-not-trusted', code: 'certificate-not-yet-valid' },
  'self-signed': { type: 'certificate-not-trusted', code: 'self-signed-certificate' },
};

/** What a certificate that was not verified means in a report (RFC 8460 §4.3.1). */
export function mismatchResult(cause: Mismatch['cause']): StsResult {
  const known = certificateResults[cause];
  const usual = { type: 'certificate-not-trusted', code: cause.replaceAll(' ', '-') } as const;
  return { kind: 'failure', ...(known ?? usual) };
}

const faultResults: Partial<Record<TlsFault['kind'], Omit<Failure, 'kind'>>> = {
  'not offered': { type: 'starttls-not-supported' },
  refused: { type: 'starttls-not-supported', code: 'smtp-starttls-refused' },
  handshake: { type: 'validation-failure', code: 'tls-handshake-failure' },
};

/** The same for a session that did not come to a certificate; undefined where the fault says nothing about the host. */
export function faultResult({ kind, mismatch }: Pick<TlsFault, 'kind' | 'mismatch'>): StsResult | undefined {
  if (kind === 'certificate') return mismatchResult(mismatch ?? 'untrusted issuer');
  const known = faultResults[kind];
  return known && { kind: 'failure', ...known };
}
