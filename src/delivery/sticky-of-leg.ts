import type { Trouble } from '../core/mail/status.ts';
import type { StickyFacts, StickyLost, StickyWish } from '../core/sticky/sticky-memory.ts';
import type { HostPolicy } from '../core/tls-policy/host-policy.ts';
import type { PolicyEntry } from '../core/tls-policy/policy-entry.ts';
import {
  heldBySticky,
  remembers,
  stickyFacts,
  stickyUnknown,
  stickyWish,
} from '../core/tls-policy/sticky.ts';
import type { TlsSettings } from '../core/tls-policy/tls-settings.ts';
import type { TlsaFinding } from '../core/tls-policy/tlsa-lookup.ts';
import type { Leg } from './leg.ts';
import type { StickyKeeper, StickyQuestion } from './sticky.ts';

/** A host with its policy, and what one and the same reading of the settings and of the DNS has led to it. */
export interface StickyHost extends Pick<StickyFacts, 'host' | 'mx' | 'address'> {
  readonly asked: PolicyEntry;
  readonly settings: TlsSettings;
  readonly policy: HostPolicy;
  readonly tlsa: TlsaFinding | undefined;
  /** All hosts that the MX records name. */
  readonly names: readonly string[];
}

/** What is remembered of one destination of a route, and what its hosts come to by that. */
export interface StickyOfLeg {
  /** The policy that a host has, and what it has lost. A resolver that has lost DNSSEC was ruled out before. */
  heed(host: StickyHost): Promise<{ readonly policy: HostPolicy; readonly lost?: StickyLost }>;
  /**
   * The same where the policy is only tried out: nothing is said of it, and nothing is stored that the policy in force
   * would go by. Undefined where nobody can say.
   */
  tryOut(host: StickyHost, inForce: PolicyEntry): Promise<HostPolicy | undefined>;
  /**
   * Mail for a domain that was proved is not returned because an unsigned answer says that the domain has no mail
   * host: whoever can take the signatures away can say that, too. Undefined where nothing is held.
   */
  withoutHost(trouble: Trouble, settings: TlsSettings): Promise<Trouble | undefined>;
  /** A certificate of the host has matched, under a policy that one of these may have. */
  proved(host: string, asked: readonly PolicyEntry[], settings: TlsSettings): void;
}

/**
 * Undefined for an address, which no DNS has a say in, and where nobody remembers anything.
 *
 * @param wordOf what the lookups of addresses have said of a host
 */
export function stickyOfLeg(
  { destination, asked: askedFirst }: Pick<Leg, 'destination' | 'asked'>,
  keeper: StickyKeeper | undefined,
  wordOf: (name: string) => 'signed' | 'unsigned' | 'failed' | undefined,
): StickyOfLeg | undefined {
  if (keeper === undefined || destination.kind === 'literal') return undefined;
  const { nextHop, host: domain } = destination;

  function questionOf(
    { host, mx, address, names, policy, tlsa, settings }: StickyHost,
    wish: StickyWish,
  ): StickyQuestion | undefined {
    // Whoever has a host look unsigned could have lookups of the one beside it fail. That is no reason to warn yet.
    const counts = wish === 'enforce' ? ['unsigned', 'failed'] : ['unsigned'];
    const unsignedHosts = names.filter((name) => counts.includes(wordOf(name) ?? ''));
    const facts = stickyFacts({ host, mx, address, unsignedHosts }, policy, tlsa);
    if (facts === undefined || wish === 'off') return undefined;
    return { destination: nextHop, facts, wish, horizonMs: settings.stickyHorizonMs };
  }

  return {
    async heed(one) {
      const { host, policy, asked, settings } = one;
      const wish = stickyWish(asked, settings);
      const question = questionOf(one, wish);
      if (question === undefined) return { policy };
      const judged = await keeper.judge(question);
      if (judged.kind === 'lost') {
        return { policy: wish === 'enforce' ? heldBySticky(judged, host) : policy, lost: judged };
      }
      const isUnknown = judged.kind === 'unknown' && wish === 'enforce';
      return { policy: isUnknown ? stickyUnknown(judged.detail) : policy };
    },
    async tryOut(one, inForce) {
      const { host, policy, asked, settings } = one;
      const question = questionOf(one, stickyWish(asked, settings));
      if (question?.wish !== 'enforce') return policy;
      const judged = await keeper.peek(question);
      if (judged.kind === 'unknown') return undefined;
      // Where only the question remembers, nobody else forgets.
      if (judged.kind === 'left' && !remembers(inForce, settings)) keeper.forget(nextHop, host);
      return judged.kind === 'lost' ? heldBySticky(judged, host) : policy;
    },
    async withoutHost({ outcome }, settings) {
      const wish = stickyWish(askedFirst, settings);
      if (outcome !== 'bounced' || wish === 'off') return undefined;
      const facts = { host: domain, mx: 'insecure', address: false, noHost: true } as const;
      const question = { destination: nextHop, facts, wish, horizonMs: settings.stickyHorizonMs };
      const judged = await keeper.judge(question);
      if (wish === 'warn' || (judged.kind !== 'lost' && judged.kind !== 'unknown')) return undefined;
      const { dsn, reason, fault } =
        judged.kind === 'lost' ? heldBySticky(judged, domain) : stickyUnknown(judged.detail);
      const tlsFault = { kind: fault, host: domain };
      const status = { outcome: 'deferred', scope: 'destination', dsn, reason, tlsFault } as const;
      return judged.kind === 'unknown' ? { ...status, ours: true } : status;
    },
    proved(host, asked, settings) {
      if (!asked.some((one) => remembers(one, settings))) return;
      keeper.proved(nextHop, host, settings.stickyHorizonMs);
    },
  };
}
