import type { CrashPoint } from './crash-row.ts';
import type { PlayedRow } from './matrix.ts';

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
  const command = name.startsWith('bull:') ? `BullMQ ${name.slice(5)}` : name;
  return nth === 1 ? command : `${command}, no. ${nth}`;
}

/** A host that has a command has not answered it: the relay dies before it hears more. */
function columnOf(point: CrashPoint): (typeof columns)[number] {
  return point.kind === 'dialogue' ? 'relay, before' : `${point.victim}, ${point.when}`;
}
