import { dayText } from '../time/moment-text.ts';

/** `1.9 GiB`, `512 MiB` */
export function mebi(octets: number): string {
  const gibi = octets / 2 ** 30;
  return gibi >= 1 ? `${gibi.toFixed(1)} GiB` : `${Math.floor(octets / 2 ** 20)} MiB`;
}

/** `2 %` */
export function share(part: number, whole: number): string {
  return `${Math.floor((part / whole) * 100)} %`;
}

const secondMs = 1000;
const units: readonly (readonly [string, number])[] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', secondMs],
];

/** `3 days`, `1 hour`: one unit, rounded down; below a second, `less than a second`. */
export function span(ms: number): string {
  const [unit, length] = units.find(([, one]) => ms >= one) ?? ['', secondMs];
  if (unit === '') return 'less than a second';
  const count = Math.floor(ms / length);
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

/** `2027-02-01` */
export function dayOf(ms: number): string {
  return Number.isFinite(ms) ? dayText(ms) : 'never';
}

/** `a, b, c and 4 more` */
export function few(words: readonly string[], most = 4): string {
  const shown = words.slice(0, most).join(', ');
  return words.length <= most ? shown : `${shown} and ${words.length - most} more`;
}
