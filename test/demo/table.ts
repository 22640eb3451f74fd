import type { Case } from './cases.ts';
import type { HostReport } from './observe.ts';

/** A case and what came of it. */
export interface Row {
  readonly case: Case;
  /** `sent 2.0.0 Verified`, or why there is no verdict. */
  readonly happened: string;
  /** Absent where there is no host. */
  readonly seen?: HostReport;
}

const header = ['destination', 'what it is', 'expected', 'happened', 'mails', 'clear', 'unauth', ''];
const numeric = new Set(['mails', 'clear', 'unauth']);

export function isAsExpected({ case: { expected }, happened, seen }: Row): boolean {
  if (happened !== expected.outcome) return false;
  if (seen === undefined) return expected.mails === 0;
  const { mails, clearBytes, unauthenticatedBytes } = seen;
  return (
    mails === expected.mails && clearBytes === 0 && unauthenticatedBytes > 0 === expected.unauthenticated
  );
}

/** Lines of an aligned table: a header, then each row with OK or DIFFERS at its end. */
export function formatTable(rows: readonly Row[]): string[] {
  const cells = [header, ...rows.map(cellsOf)];
  const widths = header.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells.map((row) =>
    row
      .map((text, column) => {
        const width = widths[column] ?? 0;
        return numeric.has(header[column] ?? '') ? text.padStart(width) : text.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
}

function cellsOf(row: Row): string[] {
  const { case: one, happened, seen } = row;
  const counts = seen === undefined ? [] : [seen.mails, seen.clearBytes, seen.unauthenticatedBytes];
  const [mails = '-', clear = '-', unauthenticated = '-'] = counts.map(String);
  const verdict = isAsExpected(row) ? 'OK' : 'DIFFERS';
  return [one.domain, one.what, one.expected.outcome, happened, mails, clear, unauthenticated, verdict];
}
