import type { BareNewline, LineFlaw } from './line-flaw.ts';

/** Longest command line, as in Postfix (RFC 5321 §4.5.3.1.4 asks for 512, its extensions for some hundred more). */
export const longestCommandLine = 2048;

const nul = 0x00;
const lf = 0x0a;
const cr = 0x0d;
const crlf = 2;
const noFlaws: readonly LineFlaw[] = [];
const noOctets = Buffer.alloc(0);

/** What the next octets of a client are. */
export type CommandLine =
  | {
      readonly kind: 'command';
      /** Without CR, LF and NUL. */
      readonly command: Buffer;
      /** What was wrong with its end. */
      readonly notes: readonly LineFlaw[];
      readonly rest: Buffer;
    }
  /** A line that other programs may cut in another way. It is not obeyed. */
  | { readonly kind: 'flawed'; readonly flaw: LineFlaw; readonly command: Buffer; readonly rest: Buffer }
  /** The line is not complete. `kept` has to be given again, before what comes next. */
  | { readonly kind: 'open'; readonly kept: Buffer }
  /** Longer than any command. */
  | { readonly kind: 'endless' }
  /** TLS, or another protocol that is not made of lines of text. */
  | { readonly kind: 'foreign' };

/**
 * Cuts the first command line off. CRLF ends a line (RFC 5321 §2.3.8); with `normalize` LF does too, and so do several CR
 * before it. A CR or a NUL elsewhere makes it flawed in any case: what it would be without them is anybody's guess. No more
 * octets are looked at than a line may have.
 *
 * @param longest octets of a line without its end
 */
export function cutCommandLine(
  octets: Buffer,
  bareNewline: BareNewline,
  longest = longestCommandLine,
): CommandLine {
  const first = octets[0];
  // Every command begins with a letter; an empty line is an unknown command.
  if (first !== undefined && first !== cr && first !== lf && (first < 0x20 || first > 0x7e)) {
    return { kind: 'foreign' };
  }
  const most = Math.min(octets.length, longest + crlf);
  let end = 0;
  while (end < most && octets[end] !== lf) end += 1;
  if (end === most) {
    return octets.length > longest + 1 ? { kind: 'endless' } : { kind: 'open', kept: octets };
  }
  const rest = end + 1 === octets.length ? noOctets : octets.subarray(end + 1);
  const isBare = octets[end - 1] !== cr;
  const line = octets.subarray(0, isBare ? end : end - 1);
  const command = line.at(-1) === cr ? withoutFinalCrs(line) : line;
  const hidden = hiddenFlaw(command);
  const notes: readonly LineFlaw[] =
    !isBare && command.length === line.length
      ? noFlaws
      : [
          ...(isBare ? (['bare LF'] as const) : []),
          ...(command.length < line.length ? (['bare CR'] as const) : []),
        ];
  const [flaw = hidden] = notes;
  const isRead = bareNewline === 'normalize' && hidden === undefined;
  if (flaw === undefined || isRead) return { kind: 'command', command, notes, rest };
  return { kind: 'flawed', flaw: bareNewline === 'normalize' ? (hidden ?? flaw) : flaw, command: line, rest };
}

/** A CR or a NUL in a line. Lines are short: this is faster than a search for each. */
function hiddenFlaw(line: Buffer): LineFlaw | undefined {
  let found: LineFlaw | undefined;
  for (let at = 0; at < line.length; at += 1) {
    if (line[at] === cr) return 'bare CR';
    if (line[at] === nul) found = 'NUL';
  }
  return found;
}

function withoutFinalCrs(line: Buffer): Buffer {
  let end = line.length;
  while (end > 0 && line[end - 1] === cr) end -= 1;
  return line.subarray(0, end);
}
