/** As isspace(3) in the locale of Postfix; a no-break space is text. */
export function isBlank(character: string): boolean {
  return character !== '' && ' \t\n\v\f\r'.includes(character);
}

/** Where the first text is from `at` on; the length if there is none. */
export function skipBlanks(text: string, at: number): number {
  let next = at;
  while (next < text.length && isBlank(text.charAt(next))) next += 1;
  return next;
}

/** Without the white space around it. */
export function trim(text: string): string {
  const start = skipBlanks(text, 0);
  let end = text.length;
  while (end > start && isBlank(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}
