import { isBlank, skipBlanks } from './blanks.ts';

/** A line of main.cf or master.cf with those that it goes on in. */
export interface LogicalLine {
  /** Of its first text. */
  readonly line: number;
  readonly text: string;
  /** Nothing stands before it that it could continue: Postfix warns, and leaves it out. */
  readonly misplaced: boolean;
}

/**
 * The logical lines of a file, as Postfix reads them: a line that begins with white space goes on from the one before;
 * comments and empty lines are left out wherever they stand, and end nothing.
 */
export function readLogicalLines(text: string): readonly LogicalLine[] {
  const found: LogicalLine[] = [];
  let parts: string[] = [];
  let first = 0;
  const end = (): void => {
    if (parts.length === 0) return;
    const joined = parts.join('');
    // What follows a NUL is lost in Postfix, whose texts end there.
    const [kept = ''] = joined.split('\0', 1);
    found.push({ line: first, text: kept, misplaced: isBlank(joined.charAt(0)) });
    parts = [];
  };
  for (const [index, physical] of text.split('\n').entries()) {
    if (!isBlank(physical.charAt(0)) && !physical.startsWith('#') && physical !== '') end();
    const at = skipBlanks(physical, 0);
    if (at === physical.length || physical[at] === '#') continue;
    if (parts.length === 0) first = index + 1;
    parts.push(physical);
  }
  end();
  return found;
}
