const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const dot = 0x2e;
const dotAfterLineFeed = Buffer.from('\n.');
const end = Buffer.from('.\r\n');
const endAfterLineBreak = Buffer.from('\r\n.\r\n');

/**
 * Makes content transparent for DATA (RFC 5321 §4.5.2), chunk by chunk.
 * A dot is doubled after every LF, also one without CR: a server that takes such a line end for one
 * could otherwise be told by the content that the content is over.
 */
export class DotStuffer {
  #last = lineFeed;
  #beforeLast = carriageReturn;

  /** The chunk itself where there is nothing to double, else a longer copy. */
  stuff(chunk: Buffer): Buffer {
    if (chunk.length === 0) return chunk;
    const startsWithDot = this.#last === lineFeed && chunk[0] === dot;
    const next = chunk.indexOf(dotAfterLineFeed);
    this.#beforeLast = chunk.length > 1 ? (chunk[chunk.length - 2] ?? 0) : this.#last;
    this.#last = chunk[chunk.length - 1] ?? 0;
    return startsWithDot || next !== -1 ? doubled(chunk, startsWithDot, next) : chunk;
  }

  /** What ends the content: with CRLF before the dot, whatever the content ended with. */
  end(): Buffer {
    return this.#last === lineFeed && this.#beforeLast === carriageReturn ? end : endAfterLineBreak;
  }
}

function doubled(chunk: Buffer, startsWithDot: boolean, next: number): Buffer {
  const cuts = startsWithDot ? [0] : [];
  for (let at = next; at !== -1; at = chunk.indexOf(dotAfterLineFeed, at + 2)) cuts.push(at + 1);
  const result = Buffer.allocUnsafe(chunk.length + cuts.length);
  let from = 0;
  let to = 0;
  for (const cut of cuts) {
    to += chunk.copy(result, to, from, cut);
    result[to] = dot;
    to += 1;
    from = cut;
  }
  chunk.copy(result, to, from);
  return result;
}
