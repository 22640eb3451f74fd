import { momentText } from '../core/time/moment-text.ts';
import type { ShownLoss } from '../core/check/report.ts';
import { lossText, stickyFinding, type StickyMemory } from '../core/sticky/sticky-memory.ts';
import type { StickyKeeper } from '../delivery/sticky.ts';

/** What the relays of a queue remember of a destination, held against what a check finds. */
export interface CheckMemory {
  readonly keeper: StickyKeeper;
  lost(): readonly ShownLoss[];
}

/** Nothing is said or stored of it. */
export function checkMemory({ destination, hosts }: StickyMemory, now: () => number): CheckMemory {
  const lost = new Map<string, ShownLoss>();
  const peek: StickyKeeper['peek'] = async ({ facts, horizonMs }) => {
    const finding = stickyFinding(facts, { hosts }, { now: now(), horizonMs });
    if (finding.kind !== 'lost') return finding;
    const { of, host, what, provedAt } = finding;
    const whose = of === 'host' ? { host } : {};
    const text = `${whose.host ?? destination} ${lossText(finding)}`;
    lost.set(text, { ...whose, what, provedAt: momentText(provedAt), text });
    return finding;
  };
  return {
    keeper: { peek, judge: peek, proved: () => {}, forget: () => {} },
    lost: () => [...lost.values()],
  };
}
