/** Where an entry stands in the file of its table. */
export interface TableOrigin {
  /** Of the line it begins on. */
  readonly line: number;
  /** As written. */
  readonly key: string;
}

/** `FILE line 3, .example.org` */
export function originText(file: string, { line, key }: TableOrigin): string {
  return `${file} line ${line}, ${key}`;
}

/** One entry of a table as it stands in its file. */
export interface TableEntry extends TableOrigin {
  /** The text after the key, from all its lines; may be empty. */
  readonly value: string;
  /** The line is indented, and there is no entry before it that it could continue. */
  readonly misplaced: boolean;
}

/**
 * The entries of the source of a Postfix table as postmap reads it: `KEY VALUE` a line, a line that begins with white
 * space goes on from the one before, `#` begins a comment line.
 */
export function readTable(text: string): readonly TableEntry[] {
  return logicalLines(text).map(({ number, text: line }) => {
    const entry = line.trimStart();
    const [key = ''] = /^\S+/.exec(entry) ?? [];
    return { line: number, key, value: entry.slice(key.length).trimStart(), misplaced: entry !== line };
  });
}

interface LogicalLine {
  readonly number: number;
  readonly text: string;
}

function logicalLines(text: string): LogicalLine[] {
  const lines: LogicalLine[] = [];
  for (const [index, physical] of text.split('\n').entries()) {
    const line = physical.trimEnd();
    // Comments and empty lines do not end an entry.
    if (line === '' || line.trimStart().startsWith('#')) continue;
    const before = lines.at(-1);
    const goesOn = before !== undefined && /^\s/.test(line);
    if (goesOn) lines[lines.length - 1] = { ...before, text: before.text + line };
    else lines.push({ number: index + 1, text: line });
  }
  return lines;
}
