/** A key path as one writes it in TOML: parts that are not bare are quoted. */
export function showKey(parts: readonly string[]): string {
  return parts.map((part) => (/^[\w-]+$/.test(part) ? part : JSON.stringify(part))).join('.');
}

const blank = /(?:\s|#[^\n]*(?:\n|$))*/y;
const bareKey = /[\w-]+/y;
const quoted = /"""(?:\\[^]|(?!""")[^\\])*"{3,5}|'''(?:(?!''')[^])*'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*'/y;
const bareValue = /[^\s,\]}#]+(?: \d[^\s,\]}#]*)?/y;

/**
 * Finds the line (from 1) of every key of a valid TOML document, because the parser gives lines only for syntax errors.
 * Keys are full paths as `showKey` writes them; the items of a list are `key[0]`, `key[1]` and so on, and so are the
 * tables of an array. In a document that is not valid, keys behind the first error may be missing.
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

  function takeAssignment(table: string): boolean {
    const name = join(table, takeKey());
    note(name);
    return takeChar('=') && takeValue(name);
  }

  function takeValue(name: string): boolean {
    take(blank);
    if (takeChar('{')) return takeSequence('}', () => takeAssignment(name));
    if (takeChar('[')) {
      let index = 0;
      return takeSequence(']', () => {
        const item = `${name}[${index++}]`;
        note(item);
        return takeValue(item);
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

  /** Takes the header of a table after its first bracket, and returns its path. */
  function takeHeader(): string {
    const isItem = takeChar('[');
    const keys = takeKey();
    let path = '';
    for (const [depth, key] of keys.entries()) {
      path = join(path, [key]);
      const isNew = isItem && depth === keys.length - 1;
      if (isNew) {
        note(path);
        items.set(path, (items.get(path) ?? 0) + 1);
      }
      const count = items.get(path);
      // Keys below an array of tables belong to its last table.
      if (count !== undefined) path += `[${count - 1}]`;
    }
    note(path);
    takeChar(']');
    takeChar(']');
    return path;
  }

  /** Array of tables -> the number of its tables so far. */
  const items = new Map<string, number>();
  let table = '';
  for (take(blank); at < text.length; take(blank)) {
    if (takeChar('[')) table = takeHeader();
    else if (!takeAssignment(table)) break;
  }
  return lines;
}

function join(path: string, keys: readonly string[]): string {
  return path === '' ? showKey(keys) : `${path}.${showKey(keys)}`;
}

function unquote(key: string): string {
  if (!key.startsWith('"')) return key.slice(1, -1);
  try {
    return String(JSON.parse(key));
  } catch {
    return key.slice(1, -1); // an escape that only TOML knows: the line of this key stays unknown
  }
}
