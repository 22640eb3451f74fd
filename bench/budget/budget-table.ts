import type { Budget } from './count.ts';

/** The load under which it was counted -> what a message costs. */
export type Budgets = Readonly<Record<string, Budget>>;

/** A figure may grow by this much, and by this much of a call where it is small: counts are not exact to the last one. */
const mostGrowth = 0.1;
const slack = 0.15;
/** Once a second the relay looks at its Redis: for one message, this much where a machine does only a few in a second. */
const lookOctets = 600;

/** Neither the load nor other work on the machine changes these. */
const always = [
  'Redis octets in',
  'Redis octets out',
  'Redis scripts',
  'Redis commands, those in scripts included',
  'relay octets allocated',
] as const;

/** The load in which every message is alone, and the one in which calls of several messages travel together. */
export const alone = 'one at a time';
export const together = '20 sessions';

/**
 * Calls depend on how many travel together, and that on who else runs. Redis handles one message at a time alone, however
 * slow its client is. Of the relay, a busy machine raises them where messages are alone, because what was written at
 * once is read in parts, and lowers them where there are many.
 */
const heldIn: Readonly<Record<string, readonly string[]>> = {
  [alone]: [...always, 'Redis reads', 'Redis writes', 'Redis fdatasync'],
  [together]: [...always, 'relay reads', 'relay writes'],
};

/** What is held against the record, and what came of it. */
export interface Verdict {
  /** Figures that are as they were, or better. */
  readonly kept: number;
  /** What has grown beyond its record, in words. */
  readonly grown: readonly string[];
  /** What this machine does not count, and is not held against it. */
  readonly uncounted: readonly string[];
}

/** Holds what no other work on the machine changes against the record; the rest is shown only. */
export function judge(found: Budgets, known: Budgets): Verdict {
  const grown: string[] = [];
  const uncounted: string[] = [];
  let kept = 0;
  for (const [load, budget] of Object.entries(found)) {
    for (const name of heldIn[load] ?? []) {
      const [now, then] = [budget[name], known[load]?.[name]];
      if (then === undefined) continue;
      if (now === undefined) uncounted.push(`${load}: ${name}`);
      else if (now <= limitOf(name, then)) kept += 1;
      else grown.push(`${load}: ${name} ${shown(now)}, recorded were ${shown(then)}`);
    }
  }
  return { kept, grown, uncounted };
}

/** Lines of a table: each figure, and what was recorded. */
export function budgetTable(found: Budgets, known: Budgets): readonly string[] {
  const loads = Object.keys(found);
  const names = [...new Set(loads.flatMap((load) => Object.keys(found[load] ?? {})))].filter((name) =>
    // A call that this machine knows, and nobody makes.
    loads.some((load) => (found[load]?.[name] ?? 0) + (known[load]?.[name] ?? 0) > 0),
  );
  return [
    `| per message | ${loads.map((load) => `${load} | recorded`).join(' | ')} |`,
    `| --- | ${loads.map(() => '---: | ---:').join(' | ')} |`,
    ...names.map((name) => {
      const cells = loads.map((load) => `${shown(found[load]?.[name])} | ${shown(known[load]?.[name])}`);
      return `| ${name} | ${cells.join(' | ')} |`;
    }),
  ];
}

function limitOf(name: string, recorded: number): number {
  return Math.max(recorded * (1 + mostGrowth), recorded + (name === 'Redis octets out' ? lookOctets : slack));
}

function shown(value: number | undefined): string {
  if (value === undefined) return '-';
  return value >= 100 ? value.toFixed(0) : value.toFixed(2);
}
