/** Times as the reader's clock has them, in 24 hours; lengths and sizes in short. */

const DAY = 86_400_000;

export function clock(ms: number): string {
  const at = new Date(ms);
  return [at.getHours(), at.getMinutes()].map(two).join(':');
}

export function clockWithSeconds(ms: number): string {
  return `${clock(ms)}:${two(new Date(ms).getSeconds())}`;
}

/** `10:48` today, `Nov 27 10:48` on other days. */
export function moment(ms: number, now: number): string {
  const isToday = new Date(ms).toDateString() === new Date(now).toDateString();
  return isToday ? clock(ms) : `${day(ms)} ${clock(ms)}`;
}

export function day(ms: number): string {
  return new Date(ms).toLocaleDateString('en-GB', { month: 'short', day: 'numeric' });
}

/** `12 min`, `3 h`, `5 d`. */
export function length(ms: number): string {
  if (ms < 60_000) return `${Math.max(0, Math.round(ms / 1000))} s`;
  if (ms < 90 * 60_000) return `${Math.round(ms / 60_000)} min`;
  if (ms < 2 * DAY) return `${Math.round(ms / 3_600_000)} h`;
  return `${Math.round(ms / DAY)} d`;
}

export function count(value: number): string {
  return value.toLocaleString('en-GB');
}

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** At most one digit behind the point. */
export function rate(value: number): string {
  return value >= 10 || value === 0 ? String(Math.round(value)) : value.toFixed(1);
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
