import type { Log } from '../core/log/log-event.ts';
import type { HostEvidence } from '../core/delivery/evidence.ts';
import type { Lookup } from '../core/dns/answer.ts';
import type { HostPolicy, SkippedHost } from '../core/tls-policy/host-policy.ts';
import { isDane, type InsecureMxPolicy } from '../core/levels/levels.ts';
import type { AskedPolicy, PolicyEntry } from '../core/tls-policy/policy-entry.ts';
import type { PolicyFacts } from '../core/tls-policy/policy-facts.ts';
import { requiringTls } from '../core/tls-policy/requiring-tls.ts';
import { hostPolicy, loweredPolicy, policyWithoutTlsa } from '../core/tls-policy/tls-policy.ts';
import type { TlsSettings } from '../core/tls-policy/tls-settings.ts';
import type { KeptPolicy } from '../core/mail/kept.ts';
import type { TlsNeed } from '../core/mail/tls-need.ts';
import { lookupTlsa, type TlsaFinding } from '../core/tls-policy/tlsa-lookup.ts';
import { stickyReason } from '../core/tls-policy/sticky.ts';
import type { StickyLost } from '../core/sticky/sticky-memory.ts';
import type { StsFinding } from '../core/sts/sts-finding.ts';
import type { Login } from '../core/sasl/login.ts';
import { abortWith } from '../core/when-aborted.ts';
import { needsValidation, type Leg } from './leg.ts';
import type { Candidate } from './route.ts';
import type { TriedOut } from './tried-out.ts';
import type { FoundAddress, FoundHosts } from './find-addresses.ts';
import { stsMismatch, tlsaUnusable } from './log-lines.ts';
import { dnsWords, keptPolicy, stsWords } from './host-words.ts';
import type { StickyKeeper } from './sticky.ts';
import type { StickyHost, StickyOfLeg } from './sticky-of-leg.ts';
import type { FindSts, StsOfLeg } from './sts-of-leg.ts';

export interface CandidateRules {
  /** Changes whenever the operator changes one of the settings below. */
  readonly version: () => number;
  /** What the operator demands of a destination. */
  readonly policy: (nextHop: string) => PolicyEntry;
  /** What says so, in words for the operator: `tls.level`, `FILE line 3, .example.org`. */
  readonly ruleOf?: (nextHop: string) => string;
  /** What is tried out on its mail. */
  readonly whatIf?: (nextHop: string) => AskedPolicy | undefined;
  readonly tls: () => TlsSettings;
  readonly insecureMxPolicy: InsecureMxPolicy;
  /** Port where the next hop names none. */
  readonly port: number;
  /** Our login at a host, found by its name or by the next hop that led to it. */
  readonly login: (host: string, nextHop: string) => Login | 'invalid' | undefined;
}

export interface CandidatePorts {
  readonly lookup: Lookup;
  /** Whether the resolver validates now, by a new probe. */
  readonly isValidating: () => Promise<boolean>;
  readonly log: Log;
  readonly now: () => number;
  /** The MTA-STS policy of a domain, with these lookups; absent: MTA-STS is left alone. Never rejects but by abort. */
  readonly findSts?: FindSts;
  /** Which destinations were proved by DANE; absent: nothing is remembered. */
  readonly sticky?: StickyKeeper;
  /** Is told of next hops that mail goes to with DANE; absent: nobody checks them. */
  readonly mailed?: (nextHop: string) => void;
}

/** What is known stays in use for at least this long. */
export const MIN_LIFE_MS = 1_000;

/** A session that is made under an exception serves no mail without it. */
function underException(policy: HostPolicy, asked: PolicyEntry): HostPolicy {
  const name = asked.kind === 'level' ? asked.exception?.name : undefined;
  if (policy.kind === 'skip' || name === undefined) return policy;
  return { ...policy, exception: name, key: `${policy.key} by exception ${name}` };
}

/** What one decision has found out of a host. */
interface Findings {
  tlsa?: TlsaFinding;
  sts?: StsFinding;
  /** What the host has lost since it was proved. */
  lost?: StickyLost;
  /** TLSA records that count. */
  usable?: number;
}

/** What the hosts of a destination have in common. */
export interface OfLeg extends Pick<FoundHosts, 'mailHosts'> {
  readonly leg: Leg;
  readonly sts: StsOfLeg | undefined;
  readonly sticky: StickyOfLeg | undefined;
}

/**
 * An address to try. TLSA records are looked up when its turn comes.
 *
 * @param signal ends lookups of an MTA-STS policy
 */
export function candidateOf(
  { host, preference, family, address, answer }: FoundAddress,
  { leg, mailHosts, sts, sticky }: OfLeg,
  rules: CandidateRules,
  ports: CandidatePorts,
  signal: AbortSignal,
): Candidate {
  const { insecureMxPolicy } = rules;
  const { destination, wrapper } = leg;
  const { host: nextHop, port = rules.port } = destination;
  const { mx, expandedNextHop, hosts } = mailHosts;
  let policy: Promise<HostPolicy> | undefined;
  let current = leg;
  /** Of the decision that was begun last, which may still be under way. */
  let found: Findings = {};
  let evidence: HostEvidence | undefined;
  /** Epoch ms when the TLSA records behind it expire. */
  let staleAt = Infinity;

  let triedOut: { readonly version: number; readonly found: Promise<TriedOut | undefined> } | undefined;

  async function findTlsa(): Promise<TlsaFinding> {
    const tlsa = await lookupTlsa({ host, port, address: answer }, ports.lookup);
    // RFC 7671 §8.1: an operator that changes keys waits for the TTL, and no longer. Without records the life of the
    // route is enough.
    if (tlsa.kind === 'records') staleAt = ports.now() + Math.max(tlsa.ttl * 1_000, MIN_LIFE_MS);
    return tlsa;
  }

  async function findSts(one: StsOfLeg): Promise<StsFinding> {
    const finding = await one.find();
    // RFC 8461 §5.1: an id that changes is heeded at once, as far as the TTL of its record allows.
    if (finding.kind === 'found') staleAt = Math.min(staleAt, finding.until);
    return finding;
  }

  /** What the operator demands now. What was decided by other settings is forgotten, whoever asks first. */
  function readAgain(): PolicyEntry {
    const version = rules.version();
    if (version !== current.version) {
      current = { ...leg, version, ...askedOf(destination.nextHop, rules) };
      policy = undefined;
      evidence = undefined;
      found = {};
    }
    return current.asked;
  }

  /** What is known before anybody asks for TLSA records; undefined if nobody knows who we are to the host. */
  function factsOf(asked: PolicyEntry): PolicyFacts | undefined {
    const login = rules.login(host, destination.nextHop);
    if (login === 'invalid') return undefined;
    return {
      asked,
      settings: rules.tls(),
      insecureMxPolicy,
      wrapper,
      host,
      port,
      mx,
      nextHop,
      expandedNextHop,
      ...(login !== undefined && { login }),
    };
  }

  /** The policy of mail that wishes that TLSA records do not count, where it may wish so (RFC 8689 §3). */
  function lowered(): HostPolicy | undefined {
    const facts = factsOf(readAgain());
    return facts && loweredPolicy(facts);
  }

  /**
   * Level, settings and login come from one reading: all are read before the first await. What is found out belongs
   * to this decision alone: another one may begin before it has ended.
   */
  async function decide(): Promise<HostPolicy> {
    staleAt = Infinity;
    const asked = readAgain();
    const own: Findings = (found = {});
    // An answer that was looked up for a level without DNSSEC may come from a resolver that did not validate.
    const isUnsigned = mx === 'insecure' || !answer.secure;
    if (isUnsigned && needsValidation({ asked, destination }) && !needsValidation(leg)) {
      return skip('DNSSEC validation is unavailable', 'resolver');
    }
    const facts = factsOf(asked);
    if (facts === undefined) return skip('client SASL configuration problem', 'settings');
    const tlsaNow = async (): Promise<TlsaFinding> => (own.tlsa = await findTlsa());
    const stsNow = sts && (async () => (own.sts = await findSts(sts)));
    const decided = underException(await hostPolicy(facts, tlsaNow, stsNow), asked);
    evidence = undefined;
    own.usable = decided.kind === 'use' ? decided.tlsa.length : 0;
    for (const text of decided.warnings) ports.log(tlsaUnusable(text));
    if (decided.kind === 'skip' && decided.sts !== undefined) ports.log(stsMismatch(decided.sts));
    const withoutDane = decided.kind === 'use' && !isDane(decided.level);
    if (needsValidation({ asked, destination }) && withoutDane && !(await ports.isValidating())) {
      return skip('DNSSEC validation is unavailable', 'resolver');
    }
    const { policy: heeded, lost } = (await sticky?.heed(named(facts, decided, own.tlsa))) ?? {
      policy: decided,
    };
    if (lost !== undefined) own.lost = lost;
    // The next mail repeats a lookup that failed, and an operator may let go of what is remembered.
    if (heeded.kind === 'skip') policy = undefined;
    const keepsChain = rules.whatIf?.(destination.nextHop) !== undefined;
    return keepsChain && heeded.kind === 'use' ? { ...heeded, keepsChain } : heeded;
  }

  /** The policy of a report about TLS, where the domain alone asks for more (RFC 8460 §3). */
  function relaxed(): HostPolicy | undefined {
    const asked = readAgain();
    // Any other level is one that the operator asks for.
    const isOfDomain = asked.kind === 'level' && asked.level === 'dane';
    const facts = isOfDomain ? factsOf({ ...asked, level: 'may' }) : undefined;
    const decided = facts && policyWithoutTlsa(facts);
    if (decided?.kind !== 'use') return undefined;
    // No other mail uses a session that was made for a report.
    return underException({ ...decided, relaxed: true, key: `${decided.key} for reports` }, asked);
  }

  /** What is asked in place of the operator for mail that does not go by what the domain asks. */
  function wishOf(need: TlsNeed | undefined): KeptPolicy | undefined {
    if (need === 'optional' && lowered() !== undefined) return ofTlsRequired;
    return need === 'relaxed' && relaxed() !== undefined ? ofTlsReport : undefined;
  }

  async function policyNow(): Promise<HostPolicy> {
    for (;;) {
      readAgain();
      const { version } = current;
      if (policy === undefined || ports.now() >= staleAt) policy = decide();
      const decided = await policy;
      // Settings that were read again in the meantime already apply to this host.
      if (rules.version() === version) return decided;
    }
  }

  function named({ asked, settings }: PolicyFacts, decided: HostPolicy, tlsa?: TlsaFinding): StickyHost {
    const names = hosts.map(({ name }) => name);
    return { host, mx, address: answer.secure, names, asked, settings, policy: decided, tlsa };
  }

  /** From what is known of the host anyway; what is not known yet is looked up, and no mail waits for it. */
  async function tryOut(): Promise<TriedOut | undefined> {
    const asked = rules.whatIf?.(destination.nextHop);
    if (asked === undefined) return undefined;
    const { level } = asked;
    const unknown = { level, policy: undefined };
    if (needsValidation({ asked, destination }) && !(await ports.isValidating())) return unknown;
    const facts = factsOf(asked);
    if (facts === undefined) return unknown;
    const known = found;
    let { tlsa } = known;
    const over = new AbortController();
    const timer = setTimeout(() => over.abort(), TRY_OUT_MS);
    const release = abortWith(signal, over);
    const tlsaNow = async (): Promise<TlsaFinding> =>
      (tlsa ??= await lookupTlsa({ host, port, address: answer }, ports.lookup, over.signal));
    const stsNow = sts && (async () => known.sts ?? (await sts.find()));
    try {
      const decided = await hostPolicy(facts, tlsaNow, stsNow);
      if (sticky === undefined) return { level, policy: decided };
      return {
        level,
        policy: await sticky.tryOut(named(facts, decided, tlsa), rules.policy(destination.nextHop)),
      };
    } catch (error) {
      if (signal.aborted) return undefined;
      if (over.signal.aborted) return unknown;
      throw error;
    } finally {
      clearTimeout(timer);
      release();
    }
  }

  function skip(reason: string, fault: SkippedHost['fault']): HostPolicy {
    policy = undefined;
    return { kind: 'skip', reason, dsn: '4.7.5', fault, warnings: [] };
  }

  return {
    host,
    address,
    port,
    family,
    preference,
    evidence(need) {
      const wished = wishOf(need);
      if (wished !== undefined) return { policy: wished, dns: dnsWords(mx, answer.secure, undefined, 0) };
      return (evidence ??= {
        policy: keptPolicy(current),
        dns: [
          dnsWords(mx, answer.secure, found.tlsa, found.usable ?? 0),
          ...stsWords(found.sts, host),
          ...(found.lost === undefined ? [] : [stickyReason(found.lost, host)]),
        ].join('; '),
      });
    },
    // If the host that the operator has named is this relay, that is a mistake in the settings: the mail waits until it
    // is corrected.
    best: leg.namedIn === undefined && hosts.every((other) => other.preference >= preference),
    policy: async (need: TlsNeed = 'usual') => {
      switch (need) {
        case 'usual':
          return policyNow();
        case 'required':
          return requiringTls(await policyNow(), host, current.asked);
        case 'optional':
          return lowered() ?? policyNow();
        case 'relaxed':
          return relaxed() ?? policyNow();
      }
    },
    proved() {
      const { nextHop: next } = destination;
      if (destination.kind !== 'literal') ports.mailed?.(next);
      const triedOut = rules.whatIf?.(next);
      // What is tried out needs the memory that it would have.
      const asked = [rules.policy(next), ...(triedOut === undefined ? [] : [triedOut])];
      sticky?.proved(host, asked, rules.tls());
    },
    whatIf() {
      const version = rules.version();
      if (triedOut?.version !== version) triedOut = { version, found: tryOut() };
      return triedOut.found;
    },
    ...(isOfRecipients(leg) && { domain: destination.host }),
  };
}

/** The recipients' domain has led to its hosts, by its MX records: no setting has a part in that. */
function isOfRecipients({ destination, namedIn }: Leg): boolean {
  return namedIn === undefined && destination.kind === 'mx';
}

/** Instead of what the operator asks. */
const ofTlsRequired: KeptPolicy = { level: 'may', rule: 'TLS-Required: No' };
const ofTlsReport: KeptPolicy = { level: 'may', rule: 'report about TLS' };

/**
 * From the moment on that a policy is tried out. Then lookups of TLSA records end; that of an MTA-STS policy has
 * bounds of its own.
 */
const TRY_OUT_MS = 10_000;

/** What the operator asks of a destination, and what says so. */
export function askedOf(
  nextHop: string,
  { policy, ruleOf }: Pick<CandidateRules, 'policy' | 'ruleOf'>,
): Pick<Leg, 'asked' | 'rule'> {
  return { asked: policy(nextHop), rule: ruleOf?.(nextHop) ?? 'tls.level' };
}
