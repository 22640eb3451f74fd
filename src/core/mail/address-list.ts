/** A piece of an address (RFC 5322 §3.2), with its place in the text. */
export interface AddressToken {
  readonly kind: 'atom' | 'quoted' | 'literal' | 'special';
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** One address of a list, without display name, route, comments and blanks. */
export interface ListedAddress {
  /** Words and the dots between them, or whatever stands there. */
  readonly local: readonly AddressToken[];
  /** The tokens behind the last @; undefined if there is none. */
  readonly domain: readonly AddressToken[] | undefined;
  /** Nothing stands behind the angle bracket that closes it. */
  readonly isClean: boolean;
}

const backslash = 0x5c;
const quote = 0x22;
const closingBracket = 0x5d;
const openingParenthesis = 0x28;
const closingParenthesis = 0x29;

/** What a character begins. */
const [ATOM, BLANK, SPECIAL, COMMENT, QUOTE, LITERAL, BACKSLASH] = [0, 1, 2, 3, 4, 5, 6] as const;
const classes = new Uint8Array(128).fill(ATOM);
for (const [characters, found] of [
  [' \t\r\n', BLANK],
  ['<>@,;:.', SPECIAL],
  ['(', COMMENT],
  ['"', QUOTE],
  ['[', LITERAL],
  ['\\', BACKSLASH],
] as const) {
  for (const character of characters) classes[character.charCodeAt(0)] = found;
}

/**
 * Reads a list of addresses as it stands in a header field or an envelope command (RFC 5322 §3.4, and what is seen besides).
 * Undefined if a quoted string, a comment or an angle bracket is not closed.
 */
export function readAddressList(text: string): readonly ListedAddress[] | undefined {
  const tokens = tokenize(text);
  if (tokens === undefined) return undefined;
  const addresses: ListedAddress[] = [];
  let words: AddressToken[] = [];
  let angle: AddressToken[] | undefined;
  let isInside = false;
  let isClean = true;
  const finish = (): void => {
    const found = angle ?? words;
    if (found.length > 0) addresses.push({ ...divide(found), isClean });
    isClean = true;
    words = [];
    angle = undefined;
  };
  for (const token of tokens) {
    const special = token.kind === 'special' ? token.text : '';
    if (special === '<') {
      // What came before is a display name, also inside another bracket.
      angle = [];
      isInside = true;
    } else if (special === '>') {
      isInside = false;
    } else if (special === ':' && isInside) {
      if (isRoute(angle)) angle = [];
      else angle?.push(token);
    } else if (special === ':') {
      // A group has a name, and members.
      words = [];
    } else if ((special === ',' && !(isInside && isRoute(angle))) || special === ';') {
      if (isInside) return undefined;
      finish();
    } else if (isInside) {
      angle?.push(token);
    } else {
      isClean &&= angle === undefined;
      words.push(token);
    }
  }
  if (isInside) return undefined;
  finish();
  return addresses;
}

/**
 * Whether each address of a list has a domain, without a dot at its end. It takes no memory, and knows only the usual forms:
 * false says that the list has to be read.
 */
export function areAllComplete(text: string): boolean {
  let hasDomain = false;
  let endsWithDot = false;
  let bracket: 'none' | 'open' | 'closed' = 'none';
  for (let at = 0; at < text.length; at += 1) {
    const found = classOf(text, at);
    if (found === BLANK) {
      if (endsWithDot) return false;
      continue;
    }
    const character = found === SPECIAL ? text[at] : '';
    if (character === ',') {
      if (!hasDomain || endsWithDot || bracket === 'open') return false;
      hasDomain = false;
      bracket = 'none';
      continue;
    }
    if (bracket === 'closed') return false;
    if (character === '<') {
      if (bracket === 'open') return false;
      bracket = 'open';
      // What came before is a display name.
      hasDomain = false;
    } else if (character === '>') {
      if (bracket === 'none' || endsWithDot) return false;
      bracket = 'closed';
    } else if (character === '@') {
      hasDomain = true;
    } else if (found === QUOTE) {
      at = endOfQuoted(text, at, quote) - 1;
      if (at < 0) return false;
    } else if (found !== ATOM && character !== '.') {
      return false;
    }
    endsWithDot = character === '.';
  }
  return hasDomain && !endsWithDot && bracket !== 'open';
}

/** Whether words and dots can be a local part: no two words side by side, and no brackets or colons among them. */
export function isOneLocalPart(tokens: readonly AddressToken[]): boolean {
  return (
    tokens.length > 0 &&
    tokens.every((token, index) => {
      if (token.kind === 'special') return token.text === '.';
      return token.kind !== 'literal' && (index === 0 || tokens[index - 1]?.kind === 'special');
    })
  );
}

/** RFC 5321 §4.1.2 A-d-l: a route begins with @. */
function isRoute(tokens: readonly AddressToken[] | undefined): boolean {
  return tokens?.[0]?.kind === 'special' && tokens[0].text === '@';
}

function divide(tokens: readonly AddressToken[]): Pick<ListedAddress, 'local' | 'domain'> {
  const at = tokens.findLastIndex(({ kind, text }) => kind === 'special' && text === '@');
  return at < 0
    ? { local: tokens, domain: undefined }
    : { local: tokens.slice(0, at), domain: tokens.slice(at + 1) };
}

function tokenize(text: string): readonly AddressToken[] | undefined {
  const tokens: AddressToken[] = [];
  let at = 0;
  while (at < text.length) {
    const start = at;
    let kind: AddressToken['kind'] = 'special';
    switch (classOf(text, at)) {
      case BLANK:
        at += 1;
        continue;
      case COMMENT:
        at = endOfComment(text, at);
        if (at < 0) return undefined;
        continue;
      case QUOTE:
        kind = 'quoted';
        at = endOfQuoted(text, at, quote);
        break;
      case LITERAL:
        kind = 'literal';
        at = endOfQuoted(text, at, closingBracket);
        break;
      case SPECIAL:
        at += 1;
        break;
      default:
        kind = 'atom';
        at = endOfAtom(text, at);
    }
    if (at < 0) return undefined;
    tokens.push({ kind, text: text.slice(start, at), start, end: at });
  }
  return tokens;
}

function classOf(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code < classes.length ? (classes[code] as number) : ATOM;
}

/** The place behind a comment, which may hold others (RFC 5322 §3.2.2); -1 if it does not end. */
function endOfComment(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === backslash) at += 1;
    else if (code === openingParenthesis) depth += 1;
    else if (code === closingParenthesis && (depth -= 1) === 0) return at + 1;
  }
  return -1;
}

function endOfQuoted(text: string, start: number, end: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === backslash) at += 1;
    else if (code === end) return at + 1;
  }
  return -1;
}

function endOfAtom(text: string, start: number): number {
  let at = start;
  while (at < text.length) {
    const found = classOf(text, at);
    if (found !== ATOM && found !== BACKSLASH) break;
    at += found === BACKSLASH ? 2 : 1;
  }
  return Math.min(at, text.length);
}
