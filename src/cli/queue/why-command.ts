import { printable } from '../../core/mail/printable.ts';
import type { QueuedDelivery } from '../../queue/open-queue.ts';
import { duration } from '../../core/duration-text.ts';

/** Why mail waits for a destination. */
export interface WaitingThere {
  readonly destination: string;
  /** Deliveries. */
  readonly waiting: number;
  /** Epoch ms. */
  readonly oldestAt: number;
  /** Epoch ms of the first attempt that comes; absent if none will. */
  readonly nextAt?: number;
  /** Most frequent first; not all of very many. */
  readonly reasons: readonly { readonly count: number; readonly reason: string }[];
}

/** So many destinations are told apart, and reasons of each: what is beyond is counted together. */
const MOST_DESTINATIONS = 10_000;
const MOST_REASONS = 20;
const SHOWN_REASONS = 3;
const others = '(others)';

interface Group {
  waiting: number;
  oldestAt: number;
  nextAt: number;
  readonly reasons: Map<string, { count: number; readonly reason: string }>;
}

/** `dane-relay queue why`: destinations for which mail waits, worst first, each with its reasons. */
export async function whyCommand(
  deliveries: AsyncIterable<QueuedDelivery>,
  {
    json,
    now,
    print,
  }: { readonly json: boolean; readonly now: number; readonly print: (line: string) => boolean },
): Promise<true> {
  const found = await reasonsByDestination(deliveries);
  const lines = json
    ? found.map((one) => JSON.stringify({ schema: 1, ...one }))
    : table(found, now).map(printable);
  lines.every((line) => print(line));
  return true;
}

export async function reasonsByDestination(
  deliveries: AsyncIterable<QueuedDelivery>,
): Promise<readonly WaitingThere[]> {
  const groups = new Map<string, Group>();
  for await (const delivery of deliveries) {
    const name =
      groups.has(delivery.destination) || groups.size < MOST_DESTINATIONS ? delivery.destination : others;
    const group = groups.get(name) ?? {
      waiting: 0,
      oldestAt: Infinity,
      nextAt: Infinity,
      reasons: new Map(),
    };
    groups.set(name, group);
    group.waiting += 1;
    group.oldestAt = Math.min(group.oldestAt, delivery.arrivedAt);
    group.nextAt = Math.min(group.nextAt, delivery.nextAt ?? Infinity);
    const reason = reasonOf(delivery);
    const kind = alike(reason);
    const there = group.reasons.get(kind) ?? group.reasons.get(others);
    if (there !== undefined) there.count += 1;
    else if (group.reasons.size < MOST_REASONS - 1) group.reasons.set(kind, { count: 1, reason });
    else group.reasons.set(others, { count: 1, reason: others });
  }
  return [...groups]
    .toSorted(([, one], [, other]) => other.waiting - one.waiting || one.oldestAt - other.oldestAt)
    .map(([destination, { waiting, oldestAt, nextAt, reasons }]) => ({
      destination,
      waiting,
      oldestAt,
      ...(nextAt < Infinity && { nextAt }),
      reasons: [...reasons.values()].toSorted((one, other) => other.count - one.count),
    }));
}

function reasonOf({ state, dsn, reason, postponed }: QueuedDelivery): string {
  if (postponed !== undefined) return postponed;
  const why = reason === undefined ? '' : `${dsn ?? ''} ${reason}`.trim();
  if (state === 'hold') return why === '' ? 'on hold' : `on hold: ${why}`;
  if (why !== '') return why;
  return state === 'active' ? 'is being delivered' : 'not tried yet';
}

/** So much of a reason decides whether it is another one. */
const KIND_CHARACTERS = 300;

/** Without what differs from message to message: ids and numbers that a host puts into its replies. */
function alike(reason: string): string {
  return reason
    .slice(0, KIND_CHARACTERS)
    .split(' ')
    .map((word) => (word.length >= 8 && /\d/.test(word) && !/[.[\]:]/.test(word) ? '*' : word))
    .join(' ');
}

function table(found: readonly WaitingThere[], now: number): readonly string[] {
  if (found.length === 0) return ['Nothing of that waits'];
  const width = Math.max(11, ...found.map(({ destination }) => Math.min(destination.length, 40)));
  const row = (name: string, waiting: string, oldest: string, next: string, why: string): string =>
    `${name.padEnd(width)} ${waiting.padStart(7)} ${oldest.padStart(6)} ${next.padStart(8)}  ${why}`;
  return [
    row('destination', 'waiting', 'oldest', 'next try', 'why'),
    ...found.flatMap(({ destination, waiting, oldestAt, nextAt, reasons }) => {
      const next = nextAt === undefined ? '-' : nextAt <= now ? 'now' : duration(nextAt - now);
      const [first, ...more] = reasons.slice(0, SHOWN_REASONS);
      const rest = reasons.slice(SHOWN_REASONS).reduce((sum, { count }) => sum + count, 0);
      return [
        row(destination, String(waiting), duration(now - oldestAt), next, first?.reason ?? ''),
        ...more.map(({ count, reason }) => row('', String(count), '', '', reason)),
        ...(rest > 0 ? [row('', String(rest), '', '', 'for other reasons')] : []),
      ];
    }),
  ];
}
