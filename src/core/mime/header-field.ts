/** Octets of a field that are looked at. */
const longestField = 8_192;

/** A header field, as far as it has been read. */
export interface HeaderField {
  /** In lower case; empty where there is none. */
  readonly name: string;
  /** What follows the colon, line by line. */
  readonly body: string[];
  octets: number;
}

const start = /^([^\s:]+)[ \t]*:/;

/** @param line the first of the field, without its CRLF */
export function beginField(line: Buffer): HeaderField {
  const text = line.toString('latin1', 0, longestField);
  const [whole = '', name = ''] = start.exec(text) ?? [];
  return { name: name.toLowerCase(), body: [text.slice(whole.length)], octets: text.length };
}

/** Adds a folded line (RFC 5322 §2.2.3). What is beyond the limit is left out. */
export function continueField(field: HeaderField, line: Buffer): void {
  const room = longestField - field.octets;
  if (room > 0) field.body.push(line.toString('latin1', 0, room));
  field.octets += Math.min(line.length, Math.max(room, 0));
}

export function bodyOf({ body }: HeaderField): string {
  return body.join('');
}

/** RFC 5322 §3.2.2: comments may be nested, and a backslash takes a character its meaning. One that never ends goes to the end. */
export function withoutComments(text: string): string {
  const kept: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '\\') at += 1;
    else if (character === '(') {
      if (depth === 0) kept.push(text.slice(from, at));
      depth += 1;
    } else if (character === ')' && depth > 0) {
      depth -= 1;
      from = at + 1;
    }
  }
  if (depth === 0) kept.push(text.slice(from));
  return kept.join('');
}
