/**
 * A header field in its relaxed form (RFC 6376 §3.4.2), without CRLF.
 *
 * @param body what follows the colon, without the line breaks of its folding; one character per octet
 */
export function relaxedField(name: string, body: string): string {
  // White space is SP and HTAB alone: what else looks like it may be part of a character.
  const value = body
    .replaceAll(/[ \t]+/g, ' ')
    .replace(/^ /, '')
    .replace(/ $/, '');
  return `${name.toLowerCase()}:${value}`;
}
