/** A whole day in UTC, as `2026-11-28`: what a report is about (RFC 8460 §4.1). */
export type ReportDay = string;

const DAY_MS = 24 * 3_600_000;

/**
 * Time after a day in which sessions of it are still counted: a session is counted when the attempt ends that has opened
 * it.
 */
export const MARGIN_MS = 30 * 60_000;

/** RFC 8460 §4.1: reports are spread, so that all senders do not deliver theirs at midnight. */
const SPREAD_MS = 4 * 3_600_000;

/** Its first millisecond, and the first of the next day. */
export function rangeOf(day: ReportDay): { readonly start: number; readonly end: number } {
  const start = Date.parse(`${day}T00:00:00Z`);
  return { start, end: start + DAY_MS };
}

/** Whether a session of this day may still be counted. */
export function isCounting(day: ReportDay, now: number): boolean {
  return now < rangeOf(day).end + MARGIN_MS;
}

/** When its report is due. @param dice 0 to 1 */
export function dueAt(day: ReportDay, dice: number): number {
  return rangeOf(day).end + MARGIN_MS + Math.floor(dice * SPREAD_MS);
}
