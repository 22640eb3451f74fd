import { alone, together, type Budgets } from './budget-table.ts';

/** What `npm run bench -- cpu --record` found out. Seconds of the processor for 1,000 messages. */
export interface CpuRecord {
  readonly recordedOn: string;
  readonly machine: string;
  readonly isQuiet: boolean;
  readonly deliveredPerSecond: number;
  readonly relayPerThousand: number;
  readonly redisPerThousand: number;
  /** With the hosts, the clients and the resolver, which are on the same machine. */
  readonly machinePerThousand: number;
  /** Step -> share of what the relay costs. */
  readonly steps: Readonly<Record<string, number>>;
}

const rows = [
  'relay reads',
  'relay writes',
  'relay epoll_pwait',
  'Redis reads',
  'Redis writes',
  'Redis fdatasync',
  'Redis scripts',
  'Redis commands, those in scripts included',
  'Redis octets in',
  'Redis octets out',
  'Redis octets to disk',
  'relay octets allocated',
] as const;

/** Where a table of times would be. */
export const notRecorded = 'No times are recorded yet: `npm run bench -- cpu --record`, on a quiet machine.';

/** Markdown, for docs/performance.md: what was counted, and what was measured. */
export function costTables(budgets: Budgets, cpu: CpuRecord | undefined): readonly string[] {
  return [
    `| a message of 4 KB | ${alone} | ${together} |`,
    '| --- | ---: | ---: |',
    ...rows.map(
      (name) => `| ${name} | ${shown(budgets[alone]?.[name])} | ${shown(budgets[together]?.[name])} |`,
    ),
    '',
    ...(cpu === undefined ? [notRecorded] : stepTable(cpu)),
  ];
}

function stepTable({ recordedOn, machine, isQuiet, steps, ...cpu }: CpuRecord): readonly string[] {
  const micros = (secondsPerThousand: number): string => `${(secondsPerThousand * 1000).toFixed(0)} µs`;
  return [
    `Times of ${recordedOn}, ${isQuiet ? 'quiet' : 'busy'} machine: ${machine}.`,
    '',
    '| step | time of the processor |',
    '| --- | ---: |',
    ...Object.entries(steps).map(([step, part]) => `| ${step} | ${micros(part * cpu.relayPerThousand)} |`),
    `| the relay in all | ${micros(cpu.relayPerThousand)} |`,
    `| its Redis | ${micros(cpu.redisPerThousand)} |`,
  ];
}

function shown(value: number | undefined): string {
  if (value === undefined) return 'not counted';
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(1);
}

/** The text with these lines between `<!-- NAME: begin … -->` and `<!-- NAME: end -->`. Throws if it has no such place. */
export function replaced(text: string, name: string, lines: readonly string[]): string {
  const place = new RegExp(`(<!-- ${name}: begin[^>]*-->\\n)[^]*?(<!-- ${name}: end -->)`);
  if (!place.test(text)) throw new Error(`no place for ${name}`);
  return text.replace(place, (_, begin: string, end: string) => `${begin}\n${lines.join('\n')}\n\n${end}`);
}
