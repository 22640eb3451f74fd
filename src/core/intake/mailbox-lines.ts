const lf = 0x0a;
const greater = 0x3e;
const from = Buffer.from('From ');
const renamed = Buffer.from('X-Mailbox-Line: ');
const noOctets = Buffer.alloc(0);
const noLines: readonly Buffer[] = [];

/** No line has more of them in front (RFC 5322 §2.1.1). */
const mostGreater = 998;

/**
 * Renames the lines in front of a header that are those of a mailbox file (`From root Mon Nov 29`, `>From …`), as Postfix
 * does: they would be taken for the end of the header.
 */
export class MailboxLines {
  /** The beginning of a line that may be one. */
  #kept: Buffer = noOctets;
  #isInside = false;
  #isOver = false;

  /** Takes the next octets of a message. Returns renamed lines, and from the first other line on what is left. */
  push(octets: Buffer): { readonly lines: readonly Buffer[]; readonly rest: Buffer } {
    if (this.#isOver && this.#kept.length === 0) return { lines: noLines, rest: octets };
    const lines: Buffer[] = [];
    let rest = this.#kept.length > 0 ? Buffer.concat([this.#kept, octets]) : octets;
    this.#kept = noOctets;
    while (!this.#isOver && rest.length > 0) {
      if (this.#isInside) {
        const end = rest.indexOf(lf);
        const next = end < 0 ? rest.length : end + 1;
        lines.push(rest.subarray(0, next));
        rest = rest.subarray(next);
        this.#isInside = end < 0;
        continue;
      }
      const found = isMailboxLine(rest);
      if (found === undefined) {
        // What is kept is copied: the memory of the segment is used again.
        this.#kept = Buffer.from(rest);
        return { lines, rest: rest.subarray(rest.length) };
      }
      if (found) lines.push(renamed);
      this.#isInside = found;
      this.#isOver = !found;
    }
    return { lines, rest };
  }

  /** The message has ended. Returns what was kept. */
  finish(): Buffer {
    const kept = this.#kept;
    this.#kept = noOctets;
    this.#isOver = true;
    return kept;
  }
}

/** Undefined while more octets are needed to tell. */
function isMailboxLine(octets: Buffer): boolean | undefined {
  if (octets[0] !== greater && octets[0] !== from[0]) return false;
  let at = 0;
  while (octets[at] === greater && at < mostGreater) at += 1;
  const start = octets.subarray(at, at + from.length);
  if (!start.equals(from.subarray(0, start.length))) return false;
  return start.length === from.length ? true : undefined;
}
