import { trim } from './blanks.ts';
import { readLogicalLines } from './logical-lines.ts';
import { splitNameAndValue, type Assignment } from './main-cf.ts';
import { PostfixFileError } from './postfix-file-error.ts';
import { blankWords, withoutBraces } from './words.ts';

/** A service of master.cf. */
export interface Service {
  readonly file: string;
  readonly line: number;
  /** `smtp`, `127.0.0.1:10025`, `submission`. */
  readonly name: string;
  /** `inet`, `unix`, `fifo`, `pass`, `unix-dgram`. */
  readonly type: string;
  /** Its program, such as `smtpd`. */
  readonly command: string;
  /** What `-o` says, the last of each name. */
  readonly overrides: ReadonlyMap<string, Assignment>;
}

/** Fields between type and command: private, unprivileged, chroot, wakeup, maxproc. */
const fieldsBetween = 5;

/** Reads master.cf. Throws PostfixFileError where Postfix would end. */
export function readMasterCf(
  text: string,
  file: string,
): { readonly services: readonly Service[]; readonly warnings: readonly string[] } {
  // Of two lines about one service the later counts.
  const services = new Map<string, Service>();
  const warnings: string[] = [];
  for (const { line, text: logical, misplaced } of readLogicalLines(text)) {
    if (misplaced) {
      warnings.push(`${file}:${line}: begins with white space, and there is nothing that it could continue`);
      continue;
    }
    const [name = '', type = '', ...rest] = blankWords(logical);
    const command = rest[fieldsBetween];
    if (command === undefined) throw new PostfixFileError(file, line, `service "${name}" has too few fields`);
    const service = `${name}/${type}`;
    const overrides = readOverrides(rest.slice(fieldsBetween + 1), { file, line, service });
    services.set(service, { file, line, name, type, command, overrides });
  }
  return { services: [...services.values()], warnings };
}

/** `-o name=value`, `-oname=value`, `-o { name = value }`. */
function readOverrides(
  words: readonly string[],
  place: { readonly file: string; readonly line: number; readonly service: string },
): ReadonlyMap<string, Assignment> {
  const overrides = new Map<string, Assignment>();
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (!word.startsWith('-o')) continue;
    const inside = word.length > 2 ? word.slice(2) : words[(at += 1)];
    if (inside === undefined) throw new PostfixFileError(place.file, place.line, '-o without name=value');
    const pair = splitNameAndValue(trim(withoutBraces(inside)));
    if ('problem' in pair)
      throw new PostfixFileError(place.file, place.line, `-o ${shown(inside)}: ${pair.problem}`);
    overrides.set(pair.name, { ...place, ...pair });
  }
  return overrides;
}

function shown(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}
