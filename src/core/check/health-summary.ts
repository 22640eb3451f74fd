import { healthKinds, healthSeverities, type HealthFinding } from './health.ts';
import { standingOf, type KnownFinding, type KnownHealth } from './known-health.ts';
import type { Verdict } from './report.ts';

/** What checks of all destinations that are mailed have found. */
export interface HealthSummary {
  /** Destinations by what can be said of them; `unknown` are also those that were not checked yet. */
  readonly standings: Readonly<Record<Verdict, number>>;
  /** Destinations with a finding of that kind. */
  readonly kinds: Readonly<Record<HealthFinding['kind'], number>>;
  /** Problems and warnings, the worst first, as far as there is room. */
  readonly worst: readonly ToldFinding[];
  /** Further ones. */
  readonly more: number;
}

export interface ToldFinding extends KnownFinding {
  readonly destination: string;
}

/** One reads so many at a look. */
const mostTold = 30;

export interface HealthTally {
  /** @param health absent: it is mailed, and was not checked yet */
  add(health: KnownHealth | undefined): void;
  summary(): HealthSummary;
}

export function createHealthTally(most = mostTold): HealthTally {
  const standings: Record<Verdict, number> = { protected: 0, fails: 0, unknown: 0, unprotected: 0 };
  const kinds = Object.fromEntries(healthKinds.map((kind) => [kind, 0])) as Record<
    HealthFinding['kind'],
    number
  >;
  let worst: ToldFinding[] = [];
  let told = 0;

  function keepWorst(): void {
    worst = worst.toSorted(worseFirst).slice(0, most);
  }

  return {
    add(health) {
      standings[health === undefined ? 'unknown' : standingOf(health)] += 1;
      if (health === undefined) return;
      const { destination, findings } = health;
      for (const kind of new Set(findings.map((one) => one.kind))) kinds[kind] += 1;
      // A hint is nothing that somebody has to look at.
      const grave = findings.filter(({ severity }) => severity !== 'hint');
      told += grave.length;
      worst.push(...grave.map((one) => ({ ...one, destination })));
      if (worst.length > 2 * most) keepWorst();
    },
    summary() {
      keepWorst();
      return { standings: { ...standings }, kinds: { ...kinds }, worst, more: told - worst.length };
    },
  };
}

/** Of those that are as bad, the newest first. */
function worseFirst(one: ToldFinding, other: ToldFinding): number {
  const bySeverity = healthSeverities.indexOf(one.severity) - healthSeverities.indexOf(other.severity);
  return bySeverity || other.since - one.since || (one.destination < other.destination ? -1 : 1);
}
