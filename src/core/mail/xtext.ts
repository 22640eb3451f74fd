/** RFC 3461 §4: everything but `!` to `~` without `+` and `=` becomes `+` and two upper-case hex digits an octet of UTF-8. */
export function encodeXtext(text: string): string {
  return text.replace(/[^!-*,-<>-~]+/g, (run) =>
    Array.from(
      new TextEncoder().encode(run),
      (octet) => `+${octet.toString(16).toUpperCase().padStart(2, '0')}`,
    ).join(''),
  );
}

/** RFC 3461 §4; undefined if the text is not xtext, or its octets are not UTF-8. */
export function decodeXtext(text: string): string | undefined {
  if (!/^(?:[!-*,-<>-~]|\+[0-9A-F]{2})*$/.test(text)) return undefined;
  const escaped = text.replace(/[%+]/g, (mark) => (mark === '+' ? '%' : '%25'));
  try {
    return decodeURIComponent(escaped);
  } catch {
    return undefined;
  }
}

/** RFC 6533 §3, utf-8-addr-xtext of an address: it is ASCII, and goes anywhere. */
export function encodeUnicodeAddress(address: string): string {
  return encodeXtext(address.replace(/[^\p{ASCII}]|[\\+=]/gu, embeddedCharacter));
}

/** RFC 6533 §3: the utf-8-addr-xtext of what is utf-8-addr-unitext already, in which only letters outside ASCII are left. */
export function embedUnicode(unitext: string): string {
  return unitext.replace(/[^\p{ASCII}]/gu, embeddedCharacter);
}

/** RFC 6533 §3, EmbeddedUnicodeChar: `\x{HEX}` */
function embeddedCharacter(character: string): string {
  return `\\x{${character.codePointAt(0)?.toString(16).toUpperCase()}}`;
}
