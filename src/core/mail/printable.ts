/** Controls, format characters (bidi overrides), unassigned and private ones, half surrogates, separators of lines. */
const unprintable = /[\p{C}\p{Zl}\p{Zp}]/gu;
const plainAscii = /^[\x20-\x7e]*$/;

/** Text of others, harmless in one line of a terminal: everything that does not show becomes `?`. */
export function printable(text: string): string {
  return plainAscii.test(text) ? text : text.replace(unprintable, '?');
}

/** The same, with every line break a space. */
export function oneLine(text: string): string {
  return printable(text.replaceAll(/\s*[\r\n]+\s*/g, ' '));
}
