/** `2026-12-01T00:00:00Z`: RFC 3339, in UTC, without fractions. @param at epoch milliseconds */
export function momentText(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** `2026-12-01`: the day of a moment in UTC, whatever the zone of this machine is. */
export function dayText(at: number): string {
  return new Date(at).toISOString().slice(0, 'YYYY-MM-DD'.length);
}
