/** Seconds in the units of Postfix. */
const unitSeconds = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 } as const;
export type TimeUnit = keyof typeof unitSeconds;

/** What an int of C holds. */
const largest = 2 ** 31 - 1;

/** `4h`, or `5` in the unit of the parameter, to seconds; undefined if Postfix would not read it. */
export function readTime(text: string, unit: TimeUnit): number | undefined {
  // What follows the unit is not looked at, as in Postfix.
  const [, digits, written = unit] = /^\s*\+?(\d{1,10})([smhdw])?/.exec(text) ?? [];
  if (digits === undefined || !/^\s*\+?\d{1,10}(?:[smhdw]|$)/.test(text)) return undefined;
  const seconds = Number(digits) * unitSeconds[written as TimeUnit];
  return seconds <= largest ? seconds : undefined;
}

/** A whole number, perhaps with octets in mind; undefined if it is none. */
export function readNumber(text: string): number | undefined {
  return /^[+-]?\d{1,15}$/.test(text) ? Number(text) : undefined;
}

export function readYesNo(text: string): boolean | undefined {
  const word = text.toLowerCase();
  return word === 'yes' ? true : word === 'no' ? false : undefined;
}

/** In the largest unit in which it is a whole number: `4h`, `90m`, `0s`. */
export function timeText(seconds: number): string {
  for (const unit of ['d', 'h', 'm'] as const) {
    if (seconds > 0 && seconds % unitSeconds[unit] === 0) return `${seconds / unitSeconds[unit]}${unit}`;
  }
  return `${seconds}s`;
}

/** `64MiB`, `10240000B`. */
export function sizeText(octets: number): string {
  for (const [unit, factor] of [
    ['GiB', 1024 ** 3],
    ['MiB', 1024 ** 2],
    ['KiB', 1024],
  ] as const) {
    if (octets > 0 && octets % factor === 0) return `${octets / factor}${unit}`;
  }
  return `${octets}B`;
}
