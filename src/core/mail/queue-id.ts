/** Postfix's alphabet for long queue ids: no vowels, so that no words appear. The last letter is the separator. */
const alphabet = '0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz';
const separator = 'z';

/**
 * Postfix's long queue id: seconds in base 52, microseconds in four digits of base 52, `z`, and a number in base 51
 * where Postfix has the inode. Sorts by time; unique as long as no two share both microsecond and number.
 *
 * @param nowMicros epoch microseconds, a whole number
 * @param sequence whole number that tells ids of one microsecond apart
 */
export function queueId(nowMicros: number, sequence: number): string {
  const seconds = digits(Math.floor(nowMicros / 1e6), 52).padStart(6, '0');
  const micros = digits(nowMicros % 1e6, 52).padStart(4, '0');
  return `${seconds}${micros}${separator}${digits(sequence, 51)}`;
}

/** When an id was made, epoch milliseconds; undefined if it is none of ours. */
export function madeAt(id: string): number | undefined {
  const cut = id.lastIndexOf(separator) - 4;
  if (cut < 6) return undefined;
  const at = valueOf(id.slice(0, cut)) * 1_000 + valueOf(id.slice(cut, cut + 4)) / 1_000;
  return Number.isFinite(at) ? at : undefined;
}

function valueOf(text: string): number {
  let value = 0;
  for (const letter of text) {
    const digit = alphabet.indexOf(letter);
    value = digit === -1 ? Number.NaN : value * 52 + digit;
  }
  return value;
}

function digits(value: number, base: number): string {
  let text = '';
  for (let rest = value; rest > 0 || text === ''; rest = Math.floor(rest / base))
    text = alphabet.charAt(rest % base) + text;
  return text;
}
