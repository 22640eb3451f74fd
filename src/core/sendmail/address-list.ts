/** An address of a list, as RFC 5322 §3.4 writes lists, without comments, display names and blanks. */
export interface ListedAddress {
  /** As written, quotes included: `"a b"@example.org`; without a domain where there is none. */
  readonly address: string;
  /** Where in the list its last character stands. */
  readonly end: number;
}

/** Between which characters a blank belongs to the address: `user @ example . com` (RFC 5322 §4.4). */
const joining = new Set(['.', '@']);

/**
 * Reads a list of addresses: groups, quoted names, comments, source routes, in one pass. It is as liberal as Postfix's
 * sendmail: `a b@x` is two addresses, a `;` ends one as a comma does, and what stands in no order is an address that
 * whoever delivers may refuse. Without addresses in it (`undisclosed-recipients:;`, `<>`) the result is empty.
 *
 * This is not readAddressList() of `core/mail`, which completes addresses and so must know words and their places, keeps
 * `a b@x` together and refuses what is not closed: Postfix's sendmail, whose results a table of the tests holds, takes the
 * same texts for two addresses, or for what they say up to their end.
 *
 * @param list an unfolded field body, or an argument of a command
 */
export function parseAddressList(list: string): readonly ListedAddress[] {
  const found: ListedAddress[] = [];
  /** Words since the last comma: addresses, unless an angle bracket shows that they are a name. */
  let words: ListedAddress[] = [];
  let word = '';
  let end = 0;
  /** A blank has come after the word. */
  let isApart = false;
  /** In angle brackets, or in those of an address literal. */
  let angle: string | undefined;
  let inLiteral = false;
  /** The last character of the word. */
  let last = '';
  const lastClosing = list.lastIndexOf('>');

  const endWord = (): void => {
    if (word !== '') words.push({ address: word, end });
    word = '';
    isApart = false;
  };
  const endEntry = (): void => {
    endWord();
    for (const one of words) found.push(one);
    words = [];
  };
  const add = (text: string, at: number): void => {
    if (isApart && !joining.has(text) && !joining.has(last)) endWord();
    isApart = false;
    word += text;
    last = text.charAt(text.length - 1);
    end = at;
  };

  for (let at = 0; at < list.length; at += 1) {
    const character = list.charAt(at);
    if (character === '(' && !inLiteral) {
      at = endOfComment(list, at);
      isApart = word !== '';
    } else if (character === '"') {
      const closing = endOfQuoted(list, at);
      const quoted = list.slice(at, closing + 1);
      if (angle === undefined) add(quoted, closing);
      else angle += quoted;
      at = closing;
    } else if (angle !== undefined) {
      if (character === '>') {
        // The words before it are a name.
        words = [];
        word = '';
        const address = withoutRoute(angle);
        if (address !== '') found.push({ address, end: at - 1 });
        angle = undefined;
      } else if (!isBlank(character)) angle += character;
    } else if (isBlank(character)) isApart = word !== '';
    else if (character === '<' && at < lastClosing) angle = '';
    else if (character === '[' || character === ']') {
      inLiteral = character === '[';
      add(character, at);
    } else if (character === ':' && !inLiteral) {
      // What was read is the name of a group.
      words = [];
      word = '';
      isApart = false;
    } else if (character === ',' || character === ';') endEntry();
    else add(character, at);
  }
  endEntry();
  return found;
}

/** RFC 5321 appendix C: `@a,@b:user@example.org`. */
function withoutRoute(path: string): string {
  return path.startsWith('@') && path.includes(':') ? path.slice(path.indexOf(':') + 1) : path;
}

/** Index of the last character of what begins there; of the list, if nothing ends it. */
function endOfQuoted(list: string, begin: number): number {
  for (let at = begin + 1; at < list.length; at += 1) {
    if (list[at] === '\\') at += 1;
    else if (list[at] === '"') return at;
  }
  return list.length - 1;
}

/** Comments may stand in comments. */
function endOfComment(list: string, begin: number): number {
  let depth = 0;
  for (let at = begin; at < list.length; at += 1) {
    if (list[at] === '\\') at += 1;
    else if (list[at] === '(') depth += 1;
    else if (list[at] === ')') {
      depth -= 1;
      if (depth === 0) return at;
    }
  }
  return list.length - 1;
}

function isBlank(character: string): boolean {
  return character === ' ' || character === '\t' || character === '\r' || character === '\n';
}
