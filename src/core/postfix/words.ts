import { isBlank, trim } from './blanks.ts';

/** The items of a list: commas and white space part them, except within braces. */
export function listItems(text: string): readonly string[] {
  return tokens(text, (character) => character === ',' || isBlank(character));
}

/** As above, with white space alone between them. */
export function blankWords(text: string): readonly string[] {
  return tokens(text, isBlank);
}

/** The text within the braces around an item, or the item as it is. */
export function withoutBraces(item: string): string {
  return item.startsWith('{') && item.endsWith('}') && item.length > 1 ? trim(item.slice(1, -1)) : item;
}

function tokens(text: string, parts: (character: string) => boolean): readonly string[] {
  const found: string[] = [];
  let start = 0;
  let level = 0;
  const end = (at: number): void => {
    if (at > start) found.push(text.slice(start, at));
    start = at + 1;
  };
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '{') level += 1;
    else if (character === '}' && level > 0) level -= 1;
    else if (level === 0 && parts(character)) end(at);
  }
  end(text.length);
  return found;
}
