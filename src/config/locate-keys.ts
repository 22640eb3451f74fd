/** A key path as one writes it in TOML: parts that are not bare are quoted. */
export function showKey(parts: readonly string[]): string {
  return parts.map((part) => (/^[\w-]+$/.test(part) ? part : JSON.stringify(part))).join('.');
}

const blank = /(?:\s|#[^\n]*(?:\n|$))*/y;
const bareKey = /[\w-]+/y;
const quoted = /"""(?:\\[^]|(?!""")[^\\])*"{3,5}|'''(?:(?!''')[^])*'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*'/y;
const bareValue = /[^\s,\]}#]+(?: \d[^\s,\]}#]*)?/y;

/**
 * Finds the line (from 1) of every key of a valid TOML document: the parser tells lines of syntax errors only.
 * Keys are full paths as `showKey` writes them; the items of a list are `key[0]`, `key[1]` and so on.
 * In a document that is not valid, keys behind the first error may be missing.
 */
export function locateKeys(text: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  let at = 0;
  let line = 1;
  let lineCountedTo = 0;

  /** Moves over what `pattern` matches here, and returns it. */
  function take(pattern: RegExp): string {
    pattern.lastIndex = at;
    const taken = pattern.exec(text)?.[0] ?? '';
    at += taken.length;
    return taken;
  }

  function takeChar(char: string): boolean {
    if (text[at] !== char) return false;
    at += 1;
    return true;
  }

  function note(path: string): void {
    for (; lineCountedTo < at; lineCountedTo += 1) if (text[lineCountedTo] === '\n') line += 1;
    if (!lines.has(path)) lines.set(path, line);
  }

  function takeKey(): string[] {
    const parts: string[] = [];
    do {
      take(blank);
      const part = take(bareKey);
      parts.push(part === '' ? unquote(take(quoted)) : part);
      take(blank);
    } while (takeChar('.'));
    return parts;
  }

  function takeAssignment(table: readonly string[]): boolean {
    const path = [...table, ...takeKey()];
    note(showKey(path));
    if (!takeChar('=')) return false;
    return takeValue(path, showKey(path));
  }

  function takeValue(path: readonly string[], name: string): boolean {
    take(blank);
    if (takeChar('{')) return takeSequence('}', () => takeAssignment(path));
    if (takeChar('[')) {
      let index = 0;
      return takeSequence(']', () => {
        const item = `${name}[${index++}]`;
        note(item);
        return takeValue(path, item);
      });
    }
    return take(quoted) !== '' || take(bareValue) !== '';
  }

  function takeSequence(end: string, takeItem: () => boolean): boolean {
    for (take(blank); !takeChar(end); take(blank)) {
      if (!takeItem()) return false;
      take(blank);
      takeChar(',');
    }
    return true;
  }

  let table: readonly string[] = [];
  for (take(blank); at < text.length; take(blank)) {
    if (takeChar('[')) {
      takeChar('[');
      table = takeKey();
      note(showKey(table));
      takeChar(']');
      takeChar(']');
    } else if (!takeAssignment(table)) break;
  }
  return lines;
}

function unquote(key: string): string {
  if (!key.startsWith('"')) return key.slice(1, -1);
  try {
    return String(JSON.parse(key));
  } catch {
    return key.slice(1, -1); // an escape that only TOML knows: the line of this key stays unknown
  }
}
