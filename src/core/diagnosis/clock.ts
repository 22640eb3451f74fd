/** How times are shown. */
export interface Clock {
  /** Epoch ms. */
  readonly now: number;
  /** `10:33:42`, with the day in front if that is another one: `Nov 29 10:33:42`. */
  readonly time: (at: number) => string;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The clock of a reader elsewhere. @param offsetMinutes what its `Date.getTimezoneOffset()` says */
export function clockOfZone(now: number, offsetMinutes: number): Clock {
  const local = (at: number): Date => new Date(at - offsetMinutes * 60_000);
  const dayOf = (date: Date): string => `${months[date.getUTCMonth()]} ${date.getUTCDate()}`;
  return {
    now,
    time(at) {
      const date = local(at);
      if (Number.isNaN(date.getTime())) return 'an impossible time';
      const time = date.toISOString().slice(11, 19);
      return dayOf(date) === dayOf(local(now)) ? time : `${dayOf(date)} ${time}`;
    },
  };
}

/** `12 min`, `3 h`, `2 days` */
export function lengthText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}

/** `2026-11-28`, of UTC, as certificates have it. */
export function dayText(at: number): string {
  return Number.isNaN(new Date(at).getTime())
    ? 'an impossible date'
    : new Date(at).toISOString().slice(0, 10);
}

/** `a@x.test, b@x.test and 3 more` */
export function listText(names: readonly string[], leftOut = 0, most = 3): string {
  const shown = names.slice(0, most);
  const more = names.length - shown.length + leftOut;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}
