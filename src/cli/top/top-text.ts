import { printable } from '../../core/mail/printable.ts';
import type { PausedGroup, Top, TopRow } from '../../core/delivery/top-row.ts';
import { duration } from '../../core/duration-text.ts';

/** Columns of a name; longer ones push the rest of their line aside where nobody has said how wide the screen is. */
const nameWidth = 30;

/** The table, a line for each destination. Lines are cut to `columns` where there is a screen. */
export function topLines(top: Top, columns = Infinity): readonly string[] {
  const { rows, paused, destinations, waiting, isLive } = top;
  if (rows.length + paused.length === 0) return ['Mail queue is empty'];
  const names = [...rows.map(({ destination }) => printable(destination)), ...paused.map(groupName)];
  const longest = Math.max(...names.map(({ length }) => length));
  const width = Math.max('destination'.length, Math.min(nameWidth, longest));
  const head = `${'destination'.padEnd(width)} waiting oldest next try ${'now'.padEnd(nowWidth)} why`;
  const inGroups = paused.reduce((sum, group) => sum + group.destinations, 0);
  const more = destinations - inGroups - rows.length;
  const foot = [
    ...(more > 0 ? [`and ${more} destinations more; ${waiting} deliveries wait in all`] : []),
    ...(isLive ? [] : ['no relay is running here: nothing is delivered until one does']),
  ];
  const lines = [
    head,
    ...paused.map((group) => groupText(group, width)),
    ...rows.map((row) => rowText(row, top.at, width)),
    ...foot,
  ];
  return lines.map((line) => (line.length > columns ? line.slice(0, columns) : line));
}

const nowWidth = 22;

function groupName({ destinations }: PausedGroup): string {
  return `(${destinations} destinations)`;
}

function groupText(group: PausedGroup, width: number): string {
  const count = String(group.waiting).padStart(7);
  const name = groupName(group).padEnd(width);
  return `${name} ${count} ${''.padStart(6)} ${'paused'.padStart(8)} ${''.padEnd(nowWidth)} ${printable(group.postponed)}`;
}

function rowText(row: TopRow, now: number, width: number): string {
  const { destination, waiting, oldestAt, isAtLeast, reason, dsn, postponed, onHold, suspendedUntil } = row;
  const oldest = oldestAt === undefined ? '' : `${isAtLeast === true ? '>' : ''}${duration(now - oldestAt)}`;
  const hold = onHold > 0 ? [`${onHold} on hold`] : [];
  const why = postponed ?? (reason === undefined ? undefined : `${dsn ?? ''} ${reason}`.trim());
  const isSuspended = suspendedUntil !== undefined && suspendedUntil > now;
  const text = [...hold, ...(isSuspended ? ['suspended'] : []), ...(why === undefined ? [] : [why])].join(
    '; ',
  );
  return [
    printable(destination).padEnd(width),
    String(waiting).padStart(7),
    oldest.padStart(6),
    nextText(row, now).padStart(8),
    nowText(row, now).padEnd(nowWidth),
    printable(text),
  ]
    .join(' ')
    .trimEnd();
}

/** When the next of it is tried: `now`, `3m`; `paused` while the relay waits for something of its own. */
function nextText(
  { nextAt, suspendedUntil, postponed, underWay, waiting, onHold }: TopRow,
  now: number,
): string {
  if (postponed !== undefined && underWay.length === 0) return 'paused';
  if (suspendedUntil !== undefined && suspendedUntil > now) return duration(suspendedUntil - now);
  if (nextAt === undefined) return waiting === onHold ? 'hold' : '';
  return nextAt <= now ? 'now' : duration(nextAt - now);
}

/** What the delivery is at that is at it for the longest: `connecting 31s +2`. */
function nowText({ underWay }: TopRow, now: number): string {
  const [longest, ...others] = underWay;
  if (longest === undefined) return '';
  return `${longest.phase} ${duration(now - longest.since)}${others.length > 0 ? ` +${others.length}` : ''}`;
}
