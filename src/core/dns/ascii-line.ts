/**
 * Text from outside made fit for one log line: everything but printable ASCII becomes `?`, runs of white space
 * become one space, and what is longer than `maxLength` characters is cut.
 */
export function asciiLine(text: string, maxLength: number): string {
  const line = text
    .slice(0, maxLength * 2)
    .replace(/\s+/g, ' ')
    .replace(/[^\x20-\x7e]/g, '?')
    .trim();
  return line.length > maxLength ? `${line.slice(0, maxLength - 3)}...` : line;
}
