import type { Measurement } from './measure.ts';
import type { Round } from './rounds.ts';
import { median } from './statistics.ts';

const reference = 'postfix-tuned';

interface Column {
  readonly title: string;
  /** NaN where there is no such figure. */
  readonly value: (measurement: Measurement, round: Round) => number;
  readonly digits: number;
  /** With the smallest and the largest. */
  readonly spread?: boolean;
}

const columns: readonly Column[] = [
  { title: 'delivered/s', value: (one) => one.deliveredPerSecond, digits: 0, spread: true },
  { title: `ratio to ${reference}`, value: ratio, digits: 2, spread: true },
  { title: 'accepted/s', value: (one) => one.acceptedPerSecond, digits: 0 },
  { title: 'accept p50 ms', value: (one) => one.acceptP50Ms, digits: 1 },
  { title: 'p99 ms', value: (one) => one.acceptP99Ms, digits: 1 },
  { title: 'CPU s/1000', value: (one) => one.cpuPerThousand, digits: 2 },
  { title: 'peak MB', value: (one) => one.peakBytes / 1e6, digits: 0 },
  { title: 'lost/dupl./clear', value: (one) => one.lost + one.duplicated + one.plaintext, digits: 0 },
  { title: 'sink conns/1000', value: (one) => one.sinkConnectionsPerThousand, digits: 0 },
  { title: 'foreign CPU %', value: (one) => one.foreignShare * 100, digits: 0 },
];

/** The rounds of one scenario. */
export interface Played {
  /** Name of the scenario. */
  readonly name: string;
  readonly rounds: readonly Round[];
}

/** Medians of the quiet rounds of each scenario, or of all of it when there is no quiet one; as a table of text. */
export function table(played: readonly Played[]): string {
  const rows = played.flatMap(({ name, rounds }) => {
    const quiet = rounds.filter(({ noisy }) => !noisy);
    const used = quiet.length > 0 ? quiet : rounds;
    const of = `${used.length}${quiet.length > 0 ? '' : ' NOISY'}`;
    return peersOf(rounds).map((peer) => [
      name,
      peer,
      ...columns.map((column) => cell(peer, column, used)),
      of,
    ]);
  });
  const lines = [['', 'peer', ...columns.map(({ title }) => title), 'rounds'], ...rows];
  const widths =
    lines[0]?.map((_, index) => Math.max(...lines.map((line) => line[index]?.length ?? 0))) ?? [];
  return lines
    .map((line) =>
      line
        .map((text, index) => text.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function cell(peer: string, { value, digits, spread = false }: Column, rounds: readonly Round[]): string {
  const values = rounds.flatMap((round) =>
    round.measurements.filter((one) => one.peer === peer).map((one) => value(one, round)),
  );
  if (values.some(Number.isNaN)) return '-';
  const middle = median(values).toFixed(digits);
  if (!spread) return middle;
  return `${middle} (${Math.min(...values).toFixed(digits)}-${Math.max(...values).toFixed(digits)})`;
}

function ratio(measurement: Measurement, { measurements }: Round): number {
  const other = measurements.find(({ peer }) => peer === reference);
  return measurement.deliveredPerSecond / (other?.deliveredPerSecond ?? Number.NaN);
}

function peersOf(rounds: readonly Round[]): readonly string[] {
  return [...new Set(rounds.flatMap(({ measurements }) => measurements.map(({ peer }) => peer)))];
}

/** What must not have happened and did, in any round; empty when the figures can be believed. */
export function faults({ name, rounds }: Played): string[] {
  const all = rounds.flatMap(({ measurements }) => measurements);
  return peersOf(rounds).flatMap((peer) => {
    const own = all.filter((one) => one.peer === peer);
    const sum = (value: (one: Measurement) => number) => own.reduce((total, one) => total + value(one), 0);
    const wrong = [
      [sum(({ lost }) => lost), 'messages lost'],
      [sum(({ duplicated }) => duplicated), 'messages duplicated'],
      [sum(({ plaintext }) => plaintext), 'messages sent in plaintext'],
      [sum(({ notVerified }) => notVerified), 'TLS connections not verified by DANE at TLS 1.3'],
      [sum(({ failed }) => failed), 'deliveries deferred or bounced'],
      [sum(({ verified }) => verified) === 0 ? 1 : 0, 'log without any verified TLS connection'],
      [
        sum(({ refusals }) => refusals.length),
        `submissions refused: ${own.flatMap((one) => one.refusals)[0]}`,
      ],
    ] as const;
    return wrong.filter(([count]) => count > 0).map(([count, what]) => `${name}, ${peer}: ${count} ${what}`);
  });
}
