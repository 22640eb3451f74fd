/** Controls, format characters (bidi overrides), unassigned and private ones, half surrogates, separators of lines. */
const unprintable = /[\p{C}\p{Zl}\p{Zp}]/gu;
const plainAscii = /^[\x20-\x7e]*$/;

/** Whether it is one line of characters that show, all of them ASCII. */
export function isPlain(text: string): boolean {
  return plainAscii.test(text);
}

/** Text of others, harmless in one line of a terminal: everything that does not show becomes `?`. */
export function printable(text: string): string {
  return plainAscii.test(text) ? text : text.replace(unprintable, '?');
}

/** The same, with every line break a space. */
export function oneLine(text: string): string {
  return printable(joinLines(text, ' '));
}

/** Lines in one, with `between` for each line break and the blanks around it; empty lines are none. */
export function joinLines(text: string, between: string): string {
  if (!/[\r\n]/.test(text)) return text;
  const [first = '', ...others] = text.split(/[\r\n]+/);
  const last = others.pop() ?? '';
  const whole = others.map((line) => line.trim()).filter((line) => line !== '');
  return [first.trimEnd(), ...whole, last.trimStart()].join(between);
}

/** As much of a text as there is room for. It is a copy: a slice would keep all of it in memory. */
export function beginningOf(text: string, characters: number): string {
  return text.length <= characters ? text : Buffer.from(text.slice(0, characters)).toString();
}
