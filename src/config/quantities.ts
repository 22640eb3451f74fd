const durationUnitsMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const sizeUnitsBytes = {
  B: 1,
  KB: 1000,
  MB: 1000 ** 2,
  GB: 1000 ** 3,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
} as const;

export const durationUnits = 'ms, s, m, h or d';
export const sizeUnits = 'B, KB, MB, GB, KiB, MiB or GiB';

/** `"5m"` to milliseconds; undefined unless it is a whole number and one of `durationUnits`. */
export function parseDuration(text: string): number | undefined {
  return parseQuantity(text, durationUnitsMs);
}

/** `"64KiB"` to bytes; undefined unless it is a whole number and one of `sizeUnits`. KB is 1000 bytes, KiB 1024. */
export function parseSize(text: string): number | undefined {
  return parseQuantity(text, sizeUnitsBytes);
}

/** `"80%"` to 80; undefined unless it is a whole number and the sign. */
export function parsePercent(text: string): number | undefined {
  const digits = /^(\d{1,3}) ?%$/.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function parseQuantity(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const [, digits = '', unit = ''] = /^(\d{1,15}) ?([A-Za-z]+)$/.exec(text) ?? [];
  const factor = Object.hasOwn(units, unit) ? units[unit] : undefined;
  if (factor === undefined) return undefined;
  const quantity = Number(digits) * factor;
  return Number.isSafeInteger(quantity) ? quantity : undefined;
}
