import { isBlank, trim } from './blanks.ts';
import { readLogicalLines } from './logical-lines.ts';
import { PostfixFileError } from './postfix-file-error.ts';

/** One `name = value` as it stands in a file. */
export interface Assignment {
  readonly file: string;
  readonly line: number;
  readonly name: string;
  /** Not expanded. */
  readonly value: string;
  /** Of master.cf: the service, as in `-o` of `submission/inet`. */
  readonly service?: string;
}

export interface MainCf {
  /** The last assignment of each name counts. */
  readonly assignments: ReadonlyMap<string, Assignment>;
  /** Assignments that a later one with another value replaces. */
  readonly overridden: readonly Assignment[];
  /** For the operator, each with file and line. */
  readonly warnings: readonly string[];
}

/** Reads main.cf. Throws PostfixFileError where Postfix would end. */
export function readMainCf(text: string, file: string): MainCf {
  const assignments = new Map<string, Assignment>();
  const overridden: Assignment[] = [];
  const warnings: string[] = [];
  for (const { line, text: logical, misplaced } of readLogicalLines(text)) {
    if (misplaced) {
      warnings.push(`${file}:${line}: begins with white space, and there is nothing that it could continue`);
      continue;
    }
    const pair = splitNameAndValue(logical);
    if ('problem' in pair) throw new PostfixFileError(file, line, pair.problem);
    const assignment = { file, line, ...pair };
    const earlier = assignments.get(pair.name);
    if (earlier !== undefined && earlier.value !== pair.value) overridden.push(earlier);
    assignments.set(pair.name, assignment);
  }
  return { assignments, overridden, warnings };
}

/** `name = value`, with white space where it pleases. The problems are in the words of Postfix. */
export function splitNameAndValue(
  text: string,
): { readonly name: string; readonly value: string } | { readonly problem: string } {
  const entry = trim(text);
  let end = 0;
  while (end < entry.length && entry[end] !== '=' && !isBlank(entry.charAt(end))) end += 1;
  if (end === 0) return { problem: 'missing attribute name' };
  const rest = trim(entry.slice(end));
  if (!rest.startsWith('=')) return { problem: "missing '=' after attribute name" };
  return { name: entry.slice(0, end), value: trim(rest.slice(1)) };
}
