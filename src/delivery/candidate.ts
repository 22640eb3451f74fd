import type { Log } from '../core/log/log-event.ts';
import type { Lookup } from '../core/dns/answer.ts';
import type { HostPolicy, SkippedHost } from '../core/tls-policy/host-policy.ts';
import { isDane, type InsecureMxPolicy } from '../core/levels/levels.ts';
import type { PolicyEntry } from '../core/tls-policy/policy-entry.ts';
import { hostPolicy } from '../core/tls-policy/tls-policy.ts';
import type { TlsSettings } from '../core/tls-policy/tls-settings.ts';
import { lookupTlsa, type TlsaFinding } from '../core/tls-policy/tlsa-lookup.ts';
import type { Login } from '../core/sasl/login.ts';
import { needsValidation, type Leg } from './leg.ts';
import type { Candidate } from './route.ts';
import type { FoundAddress, FoundHosts } from './find-addresses.ts';
import { tlsaUnusable } from './log-lines.ts';

export interface CandidateRules {
  /** Another number than before: the operator changed something of what follows. */
  readonly version: () => number;
  /** What the operator asks for towards a destination. */
  readonly policy: (nextHop: string) => PolicyEntry;
  readonly tls: () => TlsSettings;
  readonly insecureMxPolicy: InsecureMxPolicy;
  /** Where the next hop names none. */
  readonly port: number;
  /** Who we are to a host, by its name or the next hop that led to it. */
  readonly login: (host: string, nextHop: string) => Login | 'invalid' | undefined;
}

export interface CandidatePorts {
  readonly lookup: Lookup;
  /** Whether the resolver validates at this moment, from a new probe. */
  readonly isValidating: () => Promise<boolean>;
  readonly log: Log;
  readonly now: () => number;
}

/** What is known is relied on for so long at least. */
export const MIN_LIFE_MS = 1_000;

/** An address to try. TLSA records are looked up when its turn comes. */
export function candidateOf(
  { host, preference, family, address, answer }: FoundAddress,
  { leg, mailHosts }: Pick<FoundHosts, 'mailHosts'> & { readonly leg: Leg },
  rules: CandidateRules,
  ports: CandidatePorts,
): Candidate {
  const { insecureMxPolicy } = rules;
  const { destination, wrapper } = leg;
  const { host: nextHop, port = rules.port } = destination;
  const { mx, expandedNextHop, hosts } = mailHosts;
  let policy: Promise<HostPolicy> | undefined;
  let current = leg;
  /** Epoch ms: when the TLSA records that it is made of are no longer to be relied on. */
  let staleAt = Infinity;

  async function findTlsa(): Promise<TlsaFinding> {
    const found = await lookupTlsa({ host, port, address: answer }, ports.lookup);
    // RFC 7671 §8.1: whoever changes keys waits for the TTL, and no longer. Where there are none the route's life is enough.
    if (found.kind === 'records') staleAt = ports.now() + Math.max(found.ttl * 1_000, MIN_LIFE_MS);
    return found;
  }

  /** Level, settings and login are of one reading: all are read before anything is waited for. */
  async function decide(): Promise<HostPolicy> {
    staleAt = Infinity;
    const version = rules.version();
    if (version !== current.version) current = { ...leg, version, asked: rules.policy(destination.nextHop) };
    const { asked } = current;
    // What was looked up for a level that needs no DNSSEC may have been the word of a resolver that did not validate.
    const isUnsigned = mx === 'insecure' || !answer.secure;
    if (isUnsigned && needsValidation({ asked, destination }) && !needsValidation(leg)) {
      return skip('DNSSEC validation is unavailable', 'resolver');
    }
    const login = rules.login(host, destination.nextHop);
    if (login === 'invalid') return skip('client SASL configuration problem', 'settings');
    const settings = rules.tls();
    const names = { host, port, mx, nextHop, expandedNextHop };
    const facts = {
      asked,
      settings,
      insecureMxPolicy,
      wrapper,
      ...names,
      ...(login !== undefined && { login }),
    };
    const decided = await hostPolicy(facts, findTlsa);
    for (const text of decided.warnings) ports.log(tlsaUnusable(text));
    // What failed is asked again by the next mail.
    if (decided.kind === 'skip') policy = undefined;
    const withoutDane = decided.kind === 'use' && !isDane(decided.level);
    if (needsValidation({ asked, destination }) && withoutDane && !(await ports.isValidating())) {
      return skip('DNSSEC validation is unavailable', 'resolver');
    }
    return decided;
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
    // A host that the operator has named and that is ourselves is a slip of his: the mail waits for him to mend it.
    best: leg.namedIn === undefined && hosts.every((other) => other.preference >= preference),
    async policy() {
      for (;;) {
        const isStale = ports.now() >= staleAt || rules.version() !== current.version;
        if (policy === undefined || isStale) policy = decide();
        const decided = await policy;
        // What was read anew meanwhile holds for this host already.
        if (rules.version() === current.version) return decided;
      }
    },
  };
}
