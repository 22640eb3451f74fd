import { readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Role } from '../config/role.ts';
import type { LogEvent } from '../core/log/log-event.ts';
import type { RecentDelivery } from '../core/page/page-state.ts';
import type { SeriesWord } from '../core/series/series-view.ts';
import { createSeries, type Series } from '../core/series/series.ts';
import type { Parts } from './parts.ts';

/** What the status page tells of the past: the series, and the latest deliveries. */
export interface Picture {
  readonly series: Series;
  /** Latest first. */
  recent(): readonly RecentDelivery[];
  /** Counts what passes through the log, so that the picture and the lines cannot disagree. */
  count(event: LogEvent): void;
  /** Counts a session without TLS, of which the log has no line. */
  connectedInClear(): void;
  /** Is called when something was counted, or the operator has changed the queue. */
  onChange(tell: () => void): void;
  /** Keeps the series in the data directory from now on. `ask` says what goes on meanwhile. */
  keep(parts: Parts, ask: () => readonly SeriesWord[]): void;
}

/** A restart loses what was counted in this time. */
const KEEP_EVERY_MS = 60_000;
const LOOK_EVERY_MS = 10_000;
const MOST_RECENT = 100;
/** Senders of messages that were in the log lately; at least so many are known, and at most twice as many. */
const MOST_SENDERS = 1_000;

const trustWords: Readonly<Record<string, SeriesWord>> = {
  Verified: 'verified',
  Trusted: 'trusted',
  Untrusted: 'untrusted',
  Anonymous: 'anonymous',
};
const outcomes: Readonly<Record<string, SeriesWord>> = {
  sent: 'sent',
  deferred: 'deferred',
  bounced: 'bounced',
};

export function openPicture(dataDir: string, role: Role, now: () => number): Picture {
  const path = join(dataDir, role === 'all' ? 'series' : `series-${role}`);
  const series = createSeries(read(path));
  /** Latest last; up to twice as many as are shown. */
  let deliveries: Seen[] = [];
  // Two maps that take turns: to take the oldest out of one for each message costs more than to fill it.
  let senders = new Map<string, string>();
  let earlierSenders = senders;
  let changed = false;
  let tell = (): void => {};

  function add(word: SeriesWord | undefined): void {
    if (word === undefined) return;
    series.add(word, now());
    changed = true;
    tell();
  }

  function remember({ fields = {} }: LogEvent): void {
    const queueId = textOf(fields['queueId']);
    deliveries.push({ at: now(), fields, from: senders.get(queueId) ?? earlierSenders.get(queueId) });
    if (deliveries.length >= 2 * MOST_RECENT) deliveries = deliveries.slice(-MOST_RECENT);
  }

  function noteSender({ fields = {} }: LogEvent): void {
    senders.set(textOf(fields['queueId']), textOf(fields['from']));
    if (senders.size <= MOST_SENDERS) return;
    earlierSenders = senders;
    senders = new Map();
  }

  async function save(): Promise<void> {
    if (!changed) return;
    changed = false;
    // What cannot be written now is written later, or lost: no mail depends on it.
    await writeFile(`${path}.new`, series.store(), { mode: 0o600 })
      .then(() => rename(`${path}.new`, path))
      .catch(() => (changed = true));
  }

  return {
    series,
    recent: () => deliveries.slice(-MOST_RECENT).toReversed().map(shown),
    count(event) {
      if (event.event === 'TLS established') add(trustWords[textOf(event.fields?.['trust'])]);
      else if (event.event === 'message-id') add('taken');
      else if (event.event === 'active') noteSender(event);
      else if (event.event === 'delivery') {
        remember(event);
        add(outcomes[textOf(event.fields?.['status'])]);
      } else if (event.component === 'postsuper') tell();
    },
    connectedInClear: () => add('clear'),
    onChange: (next) => (tell = next),
    keep(parts, ask) {
      let minute = 0;
      const looking = setInterval(() => {
        const current = Math.floor(now() / 60_000);
        if (current === minute) return;
        const words = ask();
        // A minute in which something was amiss at a look counts, once.
        if (words.length > 0) minute = current;
        for (const word of words) add(word);
      }, LOOK_EVERY_MS).unref();
      const saving = setInterval(() => void save(), KEEP_EVERY_MS).unref();
      parts.add('series', async () => {
        clearInterval(looking);
        clearInterval(saving);
        await save();
      });
    },
  };
}

/** A delivery as it was in the log. */
interface Seen {
  readonly at: number;
  readonly fields: NonNullable<LogEvent['fields']>;
  readonly from: string | undefined;
}

function shown({ at, fields, from }: Seen): RecentDelivery {
  const text = (name: string): string => textOf(fields[name]);
  return {
    at,
    queueId: text('queueId'),
    ...(from !== undefined && { from }),
    to: text('to'),
    relay: text('relay'),
    status: text('status'),
    dsn: text('dsn'),
    reason: text('reason'),
    seconds: Number(fields['delay']),
    ...(fields['tls'] !== undefined && { tls: text('tls') }),
  };
}

function read(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
