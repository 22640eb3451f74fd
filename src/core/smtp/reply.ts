import { isPlain, printable } from '../mail/printable.ts';

/** One complete reply of a server (RFC 5321 §4.2). */
export interface Reply {
  /** Three digits, whatever they are: see `isAnswer`. */
  readonly code: number;
  /** RFC 2034: present only when its class is that of the code. */
  readonly enhanced?: string;
  /** Each line as it came, with its code; printable, without line end; at least one. */
  readonly lines: readonly string[];
}

/** More than a reply may be, or too much that is none. Nothing the server says after that can be trusted to answer anything. */
export interface Garbage {
  readonly kind: 'garbage';
  /** Which limit it passed, or what it said, printable and short. */
  readonly text: string;
}

/** Octets of a line that are kept; what is longer is cut. RFC 5321 §4.5.3.1.5 asks for 512. */
export const lineLimitBytes = 2048;
/** A reply of more lines is refused. */
export const replyLimitLines = 200;
/** A reply of more octets, cut ones and those of stray lines included, is refused. */
export const replyLimitBytes = 65_536;
/** So many lines that are no reply may come before one. */
export const strayLimitLines = 20;

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
/** Characters of a stray line that are shown. */
const shownCharacters = 100;
const enhancedCode = /^\d{3}[ -] *([245]\.\d{1,3}\.\d{1,3})(?![^ ])/;

/**
 * Finds the replies in what a server sends, however it is cut into chunks. A line that is no reply, be it empty, is passed
 * over, as Postfix does: some hosts put one before their reply to the final dot, and not to believe that reply would send
 * the message again and again.
 * Holds at most one line and the lines of one unfinished reply.
 */
export class ReplyParser {
  readonly #line = Buffer.allocUnsafe(lineLimitBytes);
  #lineBytes = 0;
  #lines: string[] = [];
  /** Octets since the last reply. */
  #replyBytes = 0;
  /** Octets of a line that has not ended. */
  #openBytes = 0;
  /** Lines since the last reply that are none. */
  #strays = 0;
  #stray: string | undefined;
  #garbage: Garbage | undefined;

  /** True between replies: not one octet waits for more. */
  get idle(): boolean {
    return this.#openBytes === 0 && this.#lines.length === 0;
  }

  /** The first line that was no reply since this was last asked, printable and short. */
  takeStray(): string | undefined {
    const stray = this.#stray;
    this.#stray = undefined;
    return stray;
  }

  /** Hands each reply that `chunk` completes to `take` until that returns false; once it returned garbage it reads no more. */
  feed(chunk: Buffer, take: (reply: Reply) => unknown): Garbage | undefined {
    let start = 0;
    while (this.#garbage === undefined && start < chunk.length) {
      const end = chunk.indexOf(lineFeed, start);
      const octets = end === -1 ? chunk.length - start : end + 1 - start;
      this.#replyBytes += octets;
      this.#openBytes = end === -1 ? this.#openBytes + octets : 0;
      if (this.#replyBytes > replyLimitBytes)
        return this.#refuse(`reply longer than ${replyLimitBytes} octets`);
      if (end === -1) {
        this.#keep(chunk, start, chunk.length);
        break;
      }
      const reply = this.#takeLine(this.#endLine(chunk, start, end));
      if (reply !== undefined && take(reply) === false) break;
      start = end + 1;
    }
    return this.#garbage;
  }

  /** Copies as much as fits: what is beyond the line limit is dropped. */
  #keep(chunk: Buffer, start: number, end: number): void {
    this.#lineBytes += chunk.copy(this.#line, this.#lineBytes, start, end);
  }

  #endLine(chunk: Buffer, start: number, end: number): string {
    if (this.#lineBytes === 0 && end - start <= lineLimitBytes) return lineText(chunk, start, end);
    this.#keep(chunk, start, end);
    const length = this.#lineBytes;
    this.#lineBytes = 0;
    return lineText(this.#line, 0, length);
  }

  #takeLine(text: string): Reply | undefined {
    const code = codeIn(text);
    const separator = text[3] ?? ' ';
    if (code === undefined || (separator !== ' ' && separator !== '-')) {
      const shown = text.slice(0, shownCharacters);
      this.#stray ??= shown;
      this.#strays += 1;
      if (this.#strays > strayLimitLines) this.#refuse(shown);
      return undefined;
    }
    this.#lines.push(text);
    if (separator === '-') {
      if (this.#lines.length >= replyLimitLines) this.#refuse(`reply of more than ${replyLimitLines} lines`);
      return undefined;
    }
    const lines = this.#lines;
    this.#lines = [];
    this.#replyBytes = 0;
    this.#strays = 0;
    // RFC 5321 §4.2.1: all lines bear the same code; where they do not, the last one ends the reply and decides.
    const [first = ''] = lines;
    const enhanced = enhancedIn(text) ?? (lines.length === 1 ? undefined : enhancedIn(first, text));
    return enhanced === undefined ? { code, lines } : { code, enhanced, lines };
  }

  #refuse(text: string): Garbage {
    this.#garbage = { kind: 'garbage', text };
    return this.#garbage;
  }
}

/** RFC 5321 §4.2.1: 2yz, what was asked for is done. */
export function isPositive({ code }: Reply): boolean {
  return code >= 200 && code < 300;
}

/** RFC 5321 §4.2.1: 3yz, more is wanted. */
export function isIntermediate({ code }: Reply): boolean {
  return code >= 300 && code < 400;
}

/** RFC 5321 §4.2.1: 4yz, not now. */
export function isTransient({ code }: Reply): boolean {
  return code >= 400 && code < 500;
}

/** RFC 5321 §4.2.1: 5yz, never. */
export function isPermanent({ code }: Reply): boolean {
  return code >= 500 && code < 600;
}

/** The reply in one line, as the log shows it. */
export function replyLogText(reply: Reply): string {
  return reply.lines.length === 1 ? (reply.lines[0] ?? '') : reply.lines.join(' ');
}

/** The reply with its line breaks, as a delivery status notification quotes it (RFC 3464 §2.3.6). */
export function replyText(reply: Reply): string {
  return reply.lines.length === 1 ? (reply.lines[0] ?? '') : reply.lines.join('\n');
}

/** A line that ends in LF alone is read as well: there is no other reading of it. */
function lineText(bytes: Buffer, start: number, end: number): string {
  const last = end > start && bytes[end - 1] === carriageReturn ? end - 1 : end;
  const plain = bytes.toString('latin1', start, last);
  if (isPlain(plain)) return plain;
  const text = bytes.toString('utf8', start, last);
  // RFC 6531 §3.7.4.1 allows UTF-8 in replies: letters stay; what is no UTF-8 has become U+FFFD.
  return printable(text).replaceAll('\ufffd', '?');
}

/** The three digits at the beginning. */
function codeIn(line: string): number | undefined {
  let code = 0;
  for (let at = 0; at < 3; at += 1) {
    const digit = line.charCodeAt(at) - 0x30;
    if (!(digit >= 0 && digit <= 9)) return undefined;
    code = code * 10 + digit;
  }
  return code;
}

/** RFC 2034 §4: every line bears it (servers forget some), and its class is that of the reply code: 2, 4 or 5. */
function enhancedIn(line: string, last = line): string | undefined {
  const [first] = last;
  if (first === '3') return undefined;
  const enhanced = enhancedCode.exec(line)?.[1];
  return enhanced?.[0] === first ? enhanced : undefined;
}
