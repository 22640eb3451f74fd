import type { WatchedAccount } from '../mail/account.ts';
import { lengthText, listText, type Clock } from './clock.ts';
import type { ResolverView, RuleView } from './view.ts';

/** `dane, from tls.level; next hop good.example, from the domain of the recipient` */
export function ruleText({ level, rule, nextHop, nextHopRule }: RuleView): string {
  return `${level}, from ${rule}; next hop ${nextHop}, from ${nextHopRule}`;
}

/** Nothing while the resolver validates, or nobody could be asked. */
export function resolverLines(resolver: ResolverView | undefined, { time, now }: Clock): readonly string[] {
  if (resolver === undefined || resolver.validating) return [];
  return [
    `The resolver of this relay has not validated since ${time(resolver.since)} (${lengthText(now - resolver.since)}): ${resolver.reason}`,
    'Mail at the levels dane and dane-only waits; no host is asked, and nothing is given up because of it. It goes on by itself.',
  ];
}

/** That TLSA records are watched while no certificate matches them. */
export function watchedLines(watched: WatchedAccount | undefined, { time, now }: Clock): readonly string[] {
  if (watched === undefined) return [];
  const { names, since, nextAt, changedAt } = watched;
  const next = nextAt <= now ? 'now' : time(nextAt);
  const changed =
    changedAt === undefined ? '' : `; they changed ${time(changedAt)}, and it was tried at once`;
  return [
    `  the TLSA records of ${listText(names)} are watched since ${time(since)}, the DNS is asked next ${next}${changed}`,
    '  when they change, or a delivery finds a certificate that they name, it goes at once',
  ];
}
