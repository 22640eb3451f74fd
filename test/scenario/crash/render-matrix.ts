import type { CrashPoint } from './crash-row.ts';
import type { Cut, PlayedCut } from './drain-cuts.ts';
import type { PlayedRow } from './matrix.ts';
import { operatorScripts } from './operator.ts';

const columns = ['relay, before', 'relay, after', 'Redis, before', 'Redis, after'] as const;

/** The crash matrix as Markdown: one table a flow. */
export function renderMatrix(rows: readonly PlayedRow[]): string {
  return [...new Set(rows.map(({ flow }) => flow))]
    .map((flow) =>
      renderFlow(
        flow.name,
        rows.filter((row) => row.flow === flow),
      ),
    )
    .join('\n');
}

function renderFlow(name: string, rows: readonly PlayedRow[]): string {
  const lines = new Map<string, Map<string, string>>();
  for (const { point, finding, struck } of rows) {
    const cells = lines.get(labelOf(point)) ?? new Map<string, string>();
    cells.set(columnOf(point), struck ? finding.text : `not reached`);
    lines.set(labelOf(point), cells);
  }
  const table = [...lines].map(
    ([label, cells]) => `| ${label} | ${columns.map((column) => cells.get(column) ?? '').join(' | ')} |`,
  );
  return [
    `#### ${name[0]?.toUpperCase()}${name.slice(1)}`,
    '',
    `| killed at | ${columns.join(' | ')} |`,
    `| --- |${' --- |'.repeat(columns.length)}`,
    ...table,
    '',
  ].join('\n');
}

function labelOf(point: CrashPoint): string {
  if (point.kind === 'dialogue') {
    const what = point.at === '.' ? 'the final dot' : point.at;
    return `SMTP: host has ${what}${point.nth === undefined ? '' : `, no. ${point.nth}`}`;
  }
  const { name, nth } = point.at;
  const own = operatorScripts.has(name) ? `${name} (of the command)` : name;
  const command = name.startsWith('bull:') ? `BullMQ ${name.slice(5)}` : own;
  return nth === 1 ? command : `${command}, no. ${nth}`;
}

/** A host that has a command has not answered it: the relay dies before it hears more. */
function columnOf(point: CrashPoint): (typeof columns)[number] {
  return point.kind === 'dialogue' ? 'relay, before' : `${point.victim}, ${point.when}`;
}

export interface CutRow {
  readonly cut: Cut;
  readonly played: PlayedCut;
}

/** A drain that is cut off, as a table: what differs between the messages of it are the writes, and they are told by kind. */
export function renderCuts(rows: readonly CutRow[]): string {
  const kinds = new Map<string, CutRow[]>();
  for (const row of rows) {
    const label = `${row.cut.at.name} at the ${row.cut.side}`;
    kinds.set(label, [...(kinds.get(label) ?? []), row]);
  }
  const cell = (found: readonly CutRow[], victim: Cut['victim'], when: Cut['when']): string => {
    const meant = found.filter(({ cut }) => cut.victim === victim && cut.when === when);
    const reached = meant.filter(({ played }) => played.struck);
    const isWrong = meant.some(({ played }) => played.wrong.length > 0);
    return isWrong ? 'WRONG' : `${reached.length} of ${meant.length}, all moved`;
  };
  return [
    '#### Queue drain, eight messages in all states',
    '',
    '| cut off at | drain, before | drain, after | Redis, before | Redis, after |',
    '| --- | --- | --- | --- | --- |',
    ...[...kinds].map(
      ([label, found]) =>
        `| ${label} | ${(['drain', 'Redis'] as const)
          .flatMap((victim) => (['before', 'after'] as const).map((when) => cell(found, victim, when)))
          .join(' | ')} |`,
    ),
    '',
  ].join('\n');
}
