import type { BareNewline, LineFlaw } from './line-flaw.ts';

/** Longest command line, as in Postfix (RFC 5321 §4.5.3.1.4 asks for 512, its extensions for some hundred more). */
export const longestCommandLine = 2048;

const nul = 0x00;
const lf = 0x0a;
const cr = 0x0d;
const blank = 0x20;
const crlf = 2;
const noFlaws: readonly LineFlaw[] = [];

/** What the next octets of a client are. */
export type CommandLine =
  | {
      readonly kind: 'command';
      /** Without CR, LF and NUL. */
      readonly command: Buffer;
      /** What it had of them, beside its end. */
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
 * Cuts the first command line off. CRLF ends a line (RFC 5321 §2.3.8). One with a bare CR, a bare LF or a NUL is flawed, or
 * is read as DataDecoder reads it. No more octets are looked at than a line may have.
 */
export function cutCommandLine(octets: Buffer, bareNewline: BareNewline): CommandLine {
  const first = octets[0];
  // Every command begins with a letter; an empty line is an unknown command.
  if (first !== undefined && first !== cr && first !== lf && (first < 0x20 || first > 0x7e)) {
    return { kind: 'foreign' };
  }
  const end = octets.subarray(0, longestCommandLine + crlf).indexOf(lf);
  if (end < 0) {
    return octets.length > longestCommandLine + 1 ? { kind: 'endless' } : { kind: 'open', kept: octets };
  }
  const rest = octets.subarray(end + 1);
  const isBare = octets[end - 1] !== cr;
  const line = octets.subarray(0, isBare ? end : end - 1);
  const flaws = flawsOf(line, isBare);
  const [flaw] = flaws;
  if (flaw === undefined) return { kind: 'command', command: line, notes: flaws, rest };
  if (bareNewline === 'reject') return { kind: 'flawed', flaw, command: line, rest };
  return { kind: 'command', command: withBlanks(line), notes: flaws, rest };
}

function flawsOf(line: Buffer, isBare: boolean): readonly LineFlaw[] {
  const hasCr = line.includes(cr);
  const hasNul = line.includes(nul);
  if (!isBare && !hasCr && !hasNul) return noFlaws;
  const flaws: LineFlaw[] = [];
  if (isBare) flaws.push('bare LF');
  if (hasCr) flaws.push('bare CR');
  if (hasNul) flaws.push('NUL');
  return flaws;
}

function withBlanks(line: Buffer): Buffer {
  const command = Buffer.from(line);
  for (const [at, octet] of command.entries()) if (octet === cr || octet === nul) command[at] = blank;
  return command;
}
