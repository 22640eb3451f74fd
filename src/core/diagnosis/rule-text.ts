import { lengthText, type Clock } from './clock.ts';
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
