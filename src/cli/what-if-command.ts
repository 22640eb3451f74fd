import { parseDuration } from '../config/quantities.ts';
import { addedUp, daysSince, type CountedCase, type WhatIfCounts } from '../core/what-if/counted.ts';
import type { WhatIfStore } from '../queue/open-queue.ts';
import { UsageError } from './usage-error.ts';

interface Wishes {
  readonly since: string;
  readonly json: boolean;
  readonly now: number;
  readonly print: (line: string) => boolean;
}

const most = '90d';

/** Adds up what policies that are tried out would have made of the mail of the last days. */
export async function tellWhatIf(
  { whatIf }: { readonly whatIf: Pick<WhatIfStore, 'read'> },
  { since, json, now, print }: Wishes,
): Promise<void> {
  const sinceMs = parseDuration(since);
  if (sinceMs === undefined || sinceMs < 0 || sinceMs > (parseDuration(most) ?? 0)) {
    throw new UsageError(`--since wants a time such as "7d", ${most} at most, not "${since}".`);
  }
  const days = daysSince(sinceMs, now);
  const counts: WhatIfCounts[] = [];
  for (const day of days) counts.push(await whatIf.read(day));
  const sum = addedUp(counts);
  const lines = json ? records(sum, days[0] ?? '') : describe(sum, days[0] ?? '');
  for (const line of lines) if (!print(line)) return;
}

function sumOf({ cases, others }: WhatIfCounts): number {
  return cases.reduce((sum, { count }) => sum + count, others);
}

function describe(sum: WhatIfCounts, day: string): readonly string[] {
  const { looked, unknown, others, cases } = sum;
  if (looked === 0) return [`No policy was tried out on mail since ${day} (tls.what_if)`];
  const doubt = unknown === 0 ? '' : `; of ${unknown} nobody can say`;
  const all = `Since ${day}: ${looked} messages, ${sumOf(sum)} of them would not have gone as they did${doubt}`;
  const rest = others === 0 ? [] : [`${others} further messages, of which no more was kept`];
  return [all, ...cases.flatMap(describeCase), ...rest];
}

function describeCase({ destination, host, level, verdict, reason, count, queueIds }: CountedCase): string[] {
  const outcome = verdict === 'waits' ? 'would have waited' : 'would have gone to another host, or waited';
  return [
    `${count} for ${destination} at ${host} ${outcome} at ${level}: ${reason}`,
    ...(queueIds.length === 0 ? [] : [`    the last: ${queueIds.join(' ')}`]),
  ];
}

function records(sum: WhatIfCounts, since: string): readonly string[] {
  const { looked, unknown, others, cases } = sum;
  return [
    JSON.stringify({ schema: 1, kind: 'sum', since, looked, unknown, wouldNotGo: sumOf(sum), others }),
    ...cases.map((one) => JSON.stringify({ schema: 1, kind: 'case', ...one })),
  ];
}
