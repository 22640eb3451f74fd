import type { Connected, NotConnected, Session } from '../delivery/session.ts';
import type { TlsaRecord } from '../dns/record.ts';
import { isDane } from '../levels/levels.ts';
import type { HostSts, StsResult } from '../sts/sts-finding.ts';
import type { SkippedHost, UsableHost } from '../tls-policy/host-policy.ts';
import { certificateFaults } from './certificate-faults.ts';
import type { ReportedPolicy, SessionFault, SessionResult } from './session-result.ts';

/** A host that was spoken to, or would have been. */
export interface CountedHost {
  /** Of the recipients. */
  readonly domain: string;
  /** As the MX record lists it. */
  readonly host: string;
  readonly address: string;
  /** Of this relay, if it may be told. */
  readonly sendingAddress?: string | undefined;
}

type Fault = Pick<SessionFault, 'type' | 'reason'>;

const unusable: Fault = { type: 'tlsa-invalid', reason: 'all-tlsa-records-unusable' };

/**
 * What a session says of the policies of its host (RFC 8460 §4.3): of each that was evaluated. Nothing where the policy
 * is one that the operator here has made up, the message asked for less, TLS was not come to, or the trouble is ours.
 */
export function sessionResults(
  host: CountedHost,
  policy: UsableHost,
  connected: Connected,
): readonly SessionResult[] {
  // Without TLS by our own choice, also once more after TLS broke: that it broke is counted already.
  if (policy.level === 'none' || policy.lowered === true) return [];
  const fault = connected.kind === 'open' ? openFault(connected.session) : notConnectedFault(connected);
  if (fault === 'not counted') return [];
  const results = [ownResult(host, policy, connected, fault), stsResult(host, policy, connected, fault)];
  return [...results, troubleResult(policy)].filter((result) => result !== undefined);
}

/** Of the TLSA records, or of there being no policy. */
function ownResult(
  host: CountedHost,
  policy: UsableHost,
  connected: Connected,
  fault: Fault | undefined,
): SessionResult | undefined {
  const reported = reportedPolicy(host, policy);
  if (reported === undefined) return undefined;
  // What MTA-STS did not let pass is a fault under its policy alone.
  const isOfSts = policy.level === 'sts' || (connected.kind === 'trouble' && isStsFault(connected));
  const faults = [
    ...(policy.initial !== undefined && isDane(policy.initial) ? [unusable] : []),
    ...(fault === undefined || isOfSts ? [] : [fault]),
  ];
  return { policy: reported, faults: faults.map((one) => whole(one, host)) };
}

/** Of the MTA-STS policy, enforced or tested: whether the mail went out is another matter (RFC 8460 §4.2.1). */
function stsResult(
  host: CountedHost,
  { level, sts }: UsableHost,
  connected: Connected,
  fault: Fault | undefined,
): SessionResult | undefined {
  if (sts === undefined) return undefined;
  const known = connected.kind === 'open' ? connected.session.tls?.sts : connected.tls?.sts;
  // Of a certificate that DANE refused nobody knows what MTA-STS would have said.
  const isOfDane = isDane(level) && connected.kind === 'trouble' && !isStsFault(connected);
  if (isOfDane && connected.step === 'certificate') return undefined;
  const found = known?.kind === 'failure' ? faultOf(known) : fault;
  const isListed = sts.listed || found?.reason === notListed.reason;
  const faults = [...(isListed ? [] : [notListed]), ...(found === undefined ? [] : [found])];
  return { policy: stsPolicy(sts), faults: faults.map((one) => whole(one, host)) };
}

function isStsFault({ status: { tlsFault } }: NotConnected): boolean {
  return tlsFault?.level === 'sts';
}

function faultOf({ type, code }: StsResult & { readonly kind: 'failure' }): Fault {
  return { type, ...(code !== undefined && { reason: code }) };
}

/** RFC 8460 §4.3 has no better type for it. */
const notListed: Fault = { type: 'validation-failure', reason: 'sts-mx-mismatch' };

/** Of the policy itself, if it could not be had or read. No session has a part in that. */
function troubleResult({ stsTrouble }: Pick<UsableHost, 'stsTrouble'>): SessionResult | undefined {
  if (stsTrouble === undefined) return undefined;
  const { type, code } = stsTrouble;
  return { policy: stsPolicy(stsTrouble), faults: [{ type, reason: code }], once: true };
}

function stsPolicy({ domain, lines, mx }: Pick<HostSts, 'domain' | 'lines' | 'mx'>): ReportedPolicy {
  return { type: 'sts', domain, strings: lines, mxHosts: mx };
}

/** What is said of a host that policy did not let us connect to. */
export function skippedResults(
  host: Pick<CountedHost, 'domain' | 'host'>,
  policy: Pick<SkippedHost, 'fault' | 'published' | 'failed' | 'sts' | 'stsTrouble'>,
): readonly SessionResult[] {
  return [skippedResult(host, policy), troubleResult(policy)].filter((result) => result !== undefined);
}

function skippedResult(
  { domain, host }: Pick<CountedHost, 'domain' | 'host'>,
  { fault, published, failed, sts }: Pick<SkippedHost, 'fault' | 'published' | 'failed' | 'sts'>,
): SessionResult | undefined {
  const at = { mxHost: host };
  switch (fault) {
    case 'TLSA lookup': {
      const policy = tlsaPolicy(host, []);
      const reason = failed?.extended?.[0];
      const word = reason === undefined ? {} : { reason: `dns-ede-${reason}` };
      return { policy, faults: [{ type: 'dnssec-invalid', ...word, ...at }] };
    }
    case 'no TLSA records':
    case 'unsigned':
      return { policy: noPolicy(domain), faults: [{ type: 'dane-required', ...at }] };
    case 'unusable TLSA records': {
      const { baseDomain = host, records = [] } = published ?? {};
      return { policy: tlsaPolicy(baseDomain, records), faults: [{ ...unusable, ...at }] };
    }
    case 'not in STS policy':
      return sts && { policy: stsPolicy(sts), faults: [{ ...notListed, ...at }] };
    // Troubles of our own, those of hosts that were spoken to, and what a message asks for beyond the policy of a domain.
    case 'not authenticated':
    case 'no REQUIRETLS':
    case 'STS unknown':
    case 'DANE lost':
    case 'memory unknown':
    case 'settings':
    case 'resolver':
    case 'certificate':
    case 'not offered':
    case 'refused':
    case 'handshake':
      return undefined;
  }
}

/** RFC 8914 §4: errors that say that an answer could not be validated. */
const dnssecErrors: ReadonlySet<number> = new Set([1, 2, 5, 6, 7, 8, 9, 10, 11, 12]);

/** What is said of a domain whose MX records, or the addresses of whose hosts, could not be had. */
export function lookupResult(domain: string, extended: readonly number[]): SessionResult | undefined {
  const code = extended.find((one) => dnssecErrors.has(one));
  if (code === undefined) return undefined;
  return { policy: noPolicy(domain), faults: [{ type: 'dnssec-invalid', reason: `dns-ede-${code}` }] };
}

function reportedPolicy({ domain, host }: CountedHost, policy: UsableHost): ReportedPolicy | undefined {
  const { level, initial = level, published, sts, perDestination } = policy;
  if (isDane(initial)) {
    return tlsaPolicy(published?.baseDomain ?? host, published?.records ?? policy.tlsa);
  }
  // Where MTA-STS has found a policy there is one, and where nobody has looked there may be one.
  const isFree = (level === 'may' || level === 'encrypt') && sts === undefined && perDestination !== true;
  return isFree ? noPolicy(domain) : undefined;
}

function openFault({ tls, startTlsReply }: Session): Fault | undefined {
  if (tls !== undefined) return undefined;
  return startTlsReply === undefined
    ? { type: 'starttls-not-supported' }
    : { type: 'starttls-not-supported', reason: `smtp-starttls-reply-${startTlsReply}` };
}

function notConnectedFault({ status, tls }: NotConnected): Fault | undefined | 'not counted' {
  // The policy was complied with; what came afterwards is no matter of TLS.
  if (tls !== undefined) return undefined;
  const { tlsFault, ours, remote } = status;
  if (ours === true || tlsFault === undefined) return 'not counted';
  switch (tlsFault.kind) {
    case 'certificate':
      return certificateFaults[tlsFault.mismatch ?? 'malformed certificate'];
    case 'not offered':
      return { type: 'starttls-not-supported' };
    case 'refused': {
      const code = /^\d{3}/.exec(remote?.reply ?? '')?.[0];
      const reason = code === undefined ? {} : { reason: `smtp-starttls-reply-${code}` };
      return { type: 'starttls-not-supported', ...reason };
    }
    case 'handshake':
      return tlsFault.mismatch === undefined
        ? { type: 'validation-failure', reason: 'tls-handshake-failure' }
        : certificateFaults[tlsFault.mismatch];
    case 'TLSA lookup':
    case 'no TLSA records':
    case 'unusable TLSA records':
    case 'unsigned':
    case 'not in STS policy':
    case 'STS unknown':
    case 'not authenticated':
    case 'no REQUIRETLS':
    case 'DANE lost':
    case 'memory unknown':
    case 'settings':
    case 'resolver':
      return 'not counted';
  }
}

function whole({ type, reason }: Fault, { host, address, sendingAddress }: CountedHost): SessionFault {
  return {
    type,
    ...(reason !== undefined && { reason }),
    mxHost: host,
    receivingAddress: address,
    ...(sendingAddress !== undefined && { sendingAddress }),
  };
}

function noPolicy(domain: string): ReportedPolicy {
  return { type: 'no-policy-found', domain, strings: [], mxHosts: [] };
}

function tlsaPolicy(baseDomain: string, records: readonly TlsaRecord[]): ReportedPolicy {
  // Sorted: the DNS gives them in any order, and it is the same policy.
  const strings = [...new Set(records.map(tlsaText))].toSorted();
  return { type: 'tlsa', domain: baseDomain, strings, mxHosts: [] };
}

/** RFC 8460 §4.4: one string for each record, without blanks in its data. */
function tlsaText({ usage, selector, matching, data }: TlsaRecord): string {
  return `${usage} ${selector} ${matching} ${Buffer.from(data).toString('hex').toUpperCase()}`;
}
