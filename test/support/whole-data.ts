/** What the octets after DATA mean if lines may end with LF, and CR and NUL inside them become blanks. */
export interface WholeData {
  /** The message up to its end, or as far as it is complete. */
  readonly text: string;
  /** What follows CRLF.CRLF; undefined if the message has no end. */
  readonly rest: string | undefined;
  /** A lone dot stands beside a bare LF. */
  readonly isAmbiguous: boolean;
}

/** Reads all of it at once, line by line. @param octets a character for each */
export function readWholeData(octets: string): WholeData {
  let text = '';
  let isAmbiguous = false;
  let isAfterCrlf = true;
  let rest = octets;
  for (;;) {
    const lineEnd = rest.indexOf('\n');
    if (lineEnd < 0) return { text, rest: undefined, isAmbiguous };
    const endsWithCrlf = rest[lineEnd - 1] === '\r';
    const line = rest.slice(0, endsWithCrlf ? lineEnd - 1 : lineEnd);
    rest = rest.slice(lineEnd + 1);
    if (line === '.' && isAfterCrlf && endsWithCrlf) return { text, rest, isAmbiguous };
    if (line === '.') isAmbiguous = true;
    else text += `${line.replace(/^\./, '').replace(/[\r\0]/g, ' ')}\r\n`;
    isAfterCrlf = endsWithCrlf;
  }
}
