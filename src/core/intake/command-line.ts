import type { Flaw } from './data-decoder.ts';

/** Longest command line, as in Postfix (RFC 5321 §4.5.3.1.4 asks for 512, its extensions for some hundred more). */
export const longestCommandLine = 2048;

const lf = 0x0a;
const cr = 0x0d;
const crlf = 2;

/** What the next octets of a client are. */
export type CommandLine =
  | { readonly kind: 'command'; readonly command: Buffer; readonly rest: Buffer }
  /** A line that other programs may cut in another way. It is not obeyed. */
  | { readonly kind: 'flawed'; readonly flaw: Flaw; readonly command: Buffer; readonly rest: Buffer }
  /** The line is not complete. `kept` has to be given again, before what comes next. */
  | { readonly kind: 'open'; readonly kept: Buffer }
  /** Longer than any command. */
  | { readonly kind: 'endless' }
  /** TLS, or another protocol that is not made of lines of text. */
  | { readonly kind: 'foreign' };

/**
 * Cuts the first command line off. Only CRLF ends a line (RFC 5321 §2.3.8); one with a bare CR, a bare LF or a NUL is
 * flawed. No more octets are looked at than a line may have.
 */
export function cutCommandLine(octets: Buffer): CommandLine {
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
  if (octets[end - 1] !== cr)
    return { kind: 'flawed', flaw: 'bare LF', command: octets.subarray(0, end), rest };
  const command = octets.subarray(0, end - 1);
  if (command.includes(cr)) return { kind: 'flawed', flaw: 'bare CR', command, rest };
  if (command.includes(0)) return { kind: 'flawed', flaw: 'NUL', command, rest };
  return { kind: 'command', command, rest };
}
