import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import type { Budgets } from './budget-table.ts';
import { capacityTable, type Measured } from './capacity.ts';
import { costTables, replaced, type CpuRecord } from './cost-document.ts';

/** Found from the source and from what is built of it. */
const top = new URL(import.meta.url.includes('/build/') ? '../../../' : '../../', import.meta.url).pathname;

/** Where a record is kept, whatever is built. */
export function recordFile(name: 'baseline' | 'cpu' | 'queued'): string {
  return `${top}bench/budget/${name}.json`;
}

/** What was recorded last; of the time of the processor perhaps nothing yet. */
export function recorded(): Measured {
  const read = (name: Parameters<typeof recordFile>[0]): unknown =>
    JSON.parse(readFileSync(recordFile(name), 'utf8'));
  const { queuedOctets } = read('queued') as { readonly queuedOctets: number };
  const cpu = existsSync(recordFile('cpu')) ? (read('cpu') as CpuRecord) : undefined;
  return { budgets: read('baseline') as Budgets, cpu, queuedOctets };
}

/** The parts of the documentation that come from the records: file, place, lines. */
export function documented(): readonly (readonly [file: string, place: string, lines: readonly string[]])[] {
  const measured = recorded();
  return [
    ['docs/performance.md', 'cost', costTables(measured.budgets, measured.cpu)],
    ['docs/scaling.md', 'capacity', capacityTable(measured)],
  ];
}

/** Writes them anew. */
export async function writeDocuments(): Promise<void> {
  for (const [file, place, lines] of documented())
    await writeFile(`${top}${file}`, replaced(readFileSync(`${top}${file}`, 'utf8'), place, lines));
}
