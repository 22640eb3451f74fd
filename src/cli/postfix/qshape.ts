import { domainOf } from '../../core/mail/address.ts';
import type { ShownMessage } from './shown-message.ts';
import { readOptions } from './options.ts';
import type { Refused } from './postqueue.ts';

/** What a call of qshape(1) asks for. */
export interface QshapeRequest {
  readonly kind: 'shape';
  /** `-s`: domains of senders instead of recipients. */
  readonly bySender: boolean;
  /** `-p`: parent domains too. */
  readonly parents: boolean;
  /** `-m`: a parent domain needs so many subdomains to be shown. */
  readonly leastSubdomains: number;
  /** `-b` */
  readonly buckets: number;
  /** `-t`, minutes. */
  readonly tick: number;
  /** `-l` */
  readonly isLinear: boolean;
  /** `-w` */
  readonly width: number;
  /** `-n`; 0: all of them. */
  readonly top: number;
  readonly queues: ReadonlySet<string>;
}

const usage = `Usage: qshape [ -s ] [ -p ] [ -m <min_subdomains> ] [ -l ]
\t[ -b <bucket_count> ] [ -t <bucket_time> ] [ -w <terminal_width> ]
\t[ -N <batch_msg_count> ] [ -n <batch_top_domains> ]
\t[ -c <config_directory> ] [ <queue_name> ... ]`;

/** More columns than that are not read by anybody. */
const MOST_BUCKETS = 1_000;

/** @param isTerminal where only the first twenty domains are shown, unless `-n` says otherwise */
export function parseQshape(argv: readonly string[], isTerminal: boolean): QshapeRequest | Refused {
  const read = readOptions(argv, 'lhc:psw:b:t:m:n:N:');
  const last = (letter: string): string | undefined =>
    read.options.findLast((option) => option.letter === letter)?.value;
  if (read.trouble !== undefined || last('h') !== undefined) return { kind: 'refused', reason: usage };
  const number = (letter: string, usual: number, least = 1): number => {
    const given = Number(last(letter) ?? NaN);
    return given >= least ? Math.floor(given) : usual;
  };
  return {
    kind: 'shape',
    bySender: last('s') !== undefined,
    parents: last('p') !== undefined,
    leastSubdomains: number('m', 5),
    buckets: Math.min(number('b', 10), MOST_BUCKETS),
    tick: number('t', 5),
    isLinear: last('l') !== undefined,
    width: number('w', 80, 81),
    top: isTerminal ? number('n', 20, 0) : 0,
    queues: new Set(read.operands.length === 0 ? ['incoming', 'active'] : read.operands),
  };
}

/** Narrowest column for the names of domains. */
const DOMAIN_WIDTH = 18;

/** Counts by domain and age, each row with its total in front; `TOTAL` is one of them. */
type Counts = Map<string, number[]>;

/** The shape of the queue: domains by their number of messages, and these by age. */
export async function qshapeCommand(
  messages: AsyncIterable<ShownMessage>,
  request: QshapeRequest,
  nowMs: number,
  print: (line: string) => boolean,
): Promise<true> {
  const counts: Counts = new Map([['TOTAL', []]]);
  const subdomains = new Map<string, number>();
  const now = Math.floor(nowMs / 1000);
  for await (const { queueName, arrivedAt, sender, recipients } of messages) {
    if (!request.queues.has(queueName)) continue;
    const bucket = bucketOf((now - Math.floor(arrivedAt / 1000)) / 60, request);
    for (const address of request.bySender ? [sender] : recipients.map((one) => one.address)) {
      count(counts, 'TOTAL', bucket);
      const domain = domainShown(address);
      for (const { name, isNew } of withParents(domain, counts, request.parents)) {
        count(counts, name, bucket);
        if (isNew) subdomains.set(name, (subdomains.get(name) ?? 0) + 1);
      }
    }
  }
  for (const line of table(counts, subdomains, request)) if (!print(line)) break;
  return true;
}

function bucketOf(minutes: number, { tick, isLinear, buckets }: QshapeRequest): number {
  const ticks = minutes / tick;
  if (ticks < 1) return 1;
  return Math.min(isLinear ? Math.floor(ticks + 1) : 2 + Math.floor(Math.log(ticks) / Math.log(2)), buckets);
}

function count(counts: Counts, name: string, bucket: number): void {
  const row = counts.get(name) ?? [];
  counts.set(name, row);
  row[0] = (row[0] ?? 0) + 1;
  row[bucket] = (row[bucket] ?? 0) + 1;
}

/** Without dots at its ends. */
function domainShown(address: string): string {
  const domain = domainOf(address.toLowerCase()) || address;
  const labels = domain.split('.').filter((label) => label !== '');
  return labels.length === 0 ? domain : labels.join('.');
}

/** A domain and, with `-p`, those above it but for the last; a parent has one subdomain more if the one below is new. */
function* withParents(
  domain: string,
  counts: Counts,
  parents: boolean,
): Generator<{ readonly name: string; readonly isNew: boolean }> {
  let isNew = !counts.has(domain);
  yield { name: domain, isNew: false };
  const labels = parents ? domain.split('.') : [];
  for (let first = 1; first < labels.length - 1; first += 1) {
    const name = `.${labels.slice(first).join('.')}`;
    const wasNew = isNew;
    isNew = !counts.has(name);
    yield { name, isNew: wasNew };
  }
}

function* table(
  counts: Counts,
  subdomains: ReadonlyMap<string, number>,
  { buckets, tick, isLinear, width, leastSubdomains, top }: QshapeRequest,
): Generator<string> {
  const totals = counts.get('TOTAL') ?? [];
  const heads: string[] = [];
  let time = 0;
  for (let column = 0; column <= buckets; column += 1) {
    heads.push(column === 0 ? 'T' : column === buckets ? `${time}+` : String(time));
    time += column + 1 < buckets ? (time > 0 && !isLinear ? time : tick) : 0;
  }
  const widths = heads.map((head, column) => {
    const longest = Math.max(head.length, String(totals[column] ?? 0).length);
    return longest > 2 ? longest + 1 : 3;
  });
  const domainWidth = Math.max(DOMAIN_WIDTH, width - widths.reduce((sum, one) => sum + one, 0));
  const row = (name: string, cells: readonly string[]): string =>
    nameShown(name, domainWidth) + cells.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('');
  yield row('', heads);
  const rows = [...counts]
    .filter(([name]) => !name.startsWith('.') || (subdomains.get(name) ?? 0) >= leastSubdomains)
    .toSorted(
      ([one, { 0: a = 0 }], [other, { 0: b = 0 }]) =>
        b - a || one.length - other.length || (one < other ? -1 : 1),
    );
  for (const [name, cells] of top === 0 ? rows : rows.slice(0, top))
    yield row(
      name,
      widths.map((_, column) => String(cells[column] ?? 0)),
    );
}

/** The end of a name that is too long. */
function nameShown(name: string, width: number): string {
  if (name.length <= width) return name.padStart(width);
  return name.startsWith('.') ? `.+${name.slice(2 - width)}` : `+${name.slice(1 - width)}`;
}
