import type { TlsFault, Trouble } from '../mail/status.ts';
import type { HostPolicy } from '../tls-policy/host-policy.ts';
import type { CheckReport, ShownAddress, ShownHost, Verdict } from './report.ts';

/** What came of a session with one address under the policy of its host at the level `dane`. */
export interface Tested {
  readonly policy: HostPolicy;
  /** Absent if the session was opened, or if the policy forbids one. */
  readonly trouble?: Trouble;
  /** It was opened, and nothing was encrypted. */
  readonly inClear: boolean;
}

/** Troubles of the server with TLS or with what it shows; the others say nothing about that. */
const tlsFails: ReadonlySet<TlsFault['kind']> = new Set([
  'certificate',
  'not offered',
  'refused',
  'handshake',
]);

const skipped: Readonly<Partial<Record<TlsFault['kind'], Verdict>>> = {
  unsigned: 'unprotected',
  'no TLSA records': 'unprotected',
  'unusable TLSA records': 'unprotected',
};

/** Whether signed records authenticate this address. */
export function addressVerdict({
  policy,
  trouble,
  inClear,
}: Tested): Pick<ShownAddress, 'verdict' | 'reason'> {
  if (policy.kind === 'skip') {
    return { verdict: skipped[policy.fault] ?? 'unknown', reason: policy.reason };
  }
  const { level } = policy;
  if (trouble !== undefined && level !== 'may') {
    const isTls = trouble.tlsFault !== undefined && tlsFails.has(trouble.tlsFault.kind);
    return { verdict: isTls && trouble.ours !== true ? 'fails' : 'unknown', reason: troubleWords(trouble) };
  }
  switch (level) {
    case 'dane':
    case 'dane-only':
      return { verdict: 'protected', reason: 'a signed TLSA record matches' };
    case 'half-dane':
      return { verdict: 'unprotected', reason: 'a TLSA record matches, but the MX records are not signed' };
    case 'encrypt':
      return {
        verdict: 'unprotected',
        reason: policy.initial === 'dane' ? 'no TLSA record is usable' : 'the MX records are not signed',
      };
    case 'none':
    case 'may':
    case 'fingerprint':
    case 'verify':
    case 'secure':
    case 'sts':
      return {
        verdict: 'unprotected',
        reason: `no signed TLSA records; ${trouble === undefined ? (inClear ? 'and no TLS' : 'TLS without proof') : trouble.reason}`,
      };
  }
}

function troubleWords({ reason, tlsFault }: Trouble): string {
  if (tlsFault?.kind !== 'certificate' || tlsFault.mismatch === undefined) return reason;
  return tlsFault.mismatch === 'no matching record'
    ? 'no TLSA record matches what the server shows'
    : `certificate refused: ${tlsFault.mismatch}`;
}

/** From the worst on. */
const worst: readonly Verdict[] = ['fails', 'unknown', 'unprotected', 'protected'];

const exitCodes: Readonly<Record<Verdict, CheckReport['exitCode']>> = {
  protected: 0,
  fails: 1,
  unknown: 2,
  unprotected: 3,
};

export function exitCodeOf(verdict: Verdict): CheckReport['exitCode'] {
  return exitCodes[verdict];
}

/** The verdict of all hosts is that of the worst address. Where there is none, nothing is known. */
export function worstVerdict(hosts: readonly ShownHost[]): Verdict {
  const found = new Set(
    hosts.flatMap(({ addresses, problem }) => [
      ...addresses.map(({ verdict }) => verdict),
      ...(problem === undefined ? [] : (['unknown'] as const)),
    ]),
  );
  return worst.find((verdict) => found.has(verdict)) ?? 'unknown';
}

/** The addresses of all hosts. */
export function addressesOf({ hosts }: Pick<CheckReport, 'hosts'>): readonly ShownAddress[] {
  return hosts.flatMap(({ addresses }) => addresses);
}
