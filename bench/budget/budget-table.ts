import type { Budget } from './count.ts';

/** The load under which it was counted -> what a message costs. */
export type Budgets = Readonly<Record<string, Budget>>;

/** A figure may grow by this much, and by this much of a call where it is small: counts are not exact to the last one. */
const mostGrowth = 0.1;
const slack = 0.15;

/**
 * What no other work on the machine changes, and is held against the record. The rest is shown: waiting and collecting
 * depend on who else runs.
 */
const held = [
  'relay reads',
  'relay writes',
  'Redis reads',
  'Redis writes',
  'Redis octets in',
  'Redis octets out',
  'Redis scripts',
  'Redis commands, those in scripts included',
  'Redis fdatasync',
  'relay octets allocated',
] as const;

/** What has grown beyond its record, in words. What this machine does not count is not held against it. */
export function exceeded(found: Budgets, known: Budgets): readonly string[] {
  return Object.entries(found).flatMap(([load, budget]) =>
    held.flatMap((name) => {
      const [now, then] = [budget[name], known[load]?.[name]];
      if (now === undefined || then === undefined || now <= limitOf(then)) return [];
      return [`${load}: ${name} ${shown(now)}, recorded were ${shown(then)}`];
    }),
  );
}

/** Lines of a table: each figure, and what was recorded. */
export function budgetTable(found: Budgets, known: Budgets): readonly string[] {
  const loads = Object.keys(found);
  const names = [...new Set(loads.flatMap((load) => Object.keys(found[load] ?? {})))];
  return [
    `| per message | ${loads.map((load) => `${load} | recorded`).join(' | ')} |`,
    `| --- | ${loads.map(() => '---: | ---:').join(' | ')} |`,
    ...names.map((name) => {
      const cells = loads.map((load) => `${shown(found[load]?.[name])} | ${shown(known[load]?.[name])}`);
      return `| ${name} | ${cells.join(' | ')} |`;
    }),
  ];
}

function limitOf(recorded: number): number {
  return Math.max(recorded * (1 + mostGrowth), recorded + slack);
}

function shown(value: number | undefined): string {
  if (value === undefined) return '-';
  return value >= 100 ? value.toFixed(0) : value.toFixed(2);
}
