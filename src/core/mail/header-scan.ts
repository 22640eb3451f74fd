const cr = 0x0d;
const lf = 0x0a;
const space = 0x20;
const tab = 0x09;
const colon = 0x3a;

/** RFC 5322 §2.1.1: no line is longer, so a field name of more octets is none. */
const longestName = 998;

/** Octets of a Message-ID field body that are looked at. */
const longestMessageId = 998;

/** Field names that are longer are not told apart. */
const longestKnownName = 40;

/**
 * Takes one line of a field, or a part of one: the octets from `start` to `end` of those that were pushed.
 *
 * @param name of the field in lower case; empty if it is very long
 * @param begins the field begins with it
 */
export type TakePiece = (name: string, begins: boolean, start: number, end: number) => void;

/** How far HeaderScan.push() has come. */
export type HeaderProgress =
  /** The first `length` octets of the input are header; give the others again, with what follows them. */
  | { readonly kind: 'header'; readonly length: number }
  /** The header ends after `length` octets, at the empty line or, without `blankLine`, at a line that is no field. */
  | { readonly kind: 'end'; readonly length: number; readonly blankLine: boolean };

/** Reads the header section of a message as it comes (RFC 5322 §2.2), keeping no more of it than a Message-ID. */
export class HeaderScan {
  /** Received: fields so far (RFC 5321 §6.3). */
  received = 0;
  /** Names of the fields so far, of those that are asked for. */
  readonly seen = new Set<string>();
  readonly #asked: ReadonlySet<string>;
  #name = '';
  #hasMessageId = false;
  #messageIdBody = '';
  /** Inside a field, before the end of its line. */
  #midLine = false;
  /** The field being read is the first Message-ID. */
  #isMessageId = false;
  #seenField = false;

  /** @param asked names in lower case */
  constructor(asked: ReadonlySet<string>) {
    this.#asked = asked;
  }

  get hasMessageId(): boolean {
    return this.#hasMessageId;
  }

  /**
   * First msg-id of the Message-ID field with its angle brackets, or the whole field body if it shows none; printable
   * ASCII, `?` for the rest. Empty if there is no such field.
   */
  get messageId(): string {
    const body = this.#messageIdBody.replace(/\r\n/g, '').trim();
    return (/<[^<>]*>/.exec(body)?.[0] ?? body).replace(/[^!-~]/g, '?');
  }

  /**
   * Takes the next octets and leaves at most 998 of them unread. Not to be called after `end`.
   *
   * @param take is given what was read, piece by piece
   */
  push(octets: Buffer, take: TakePiece = () => {}): HeaderProgress {
    let at = 0;
    while (at < octets.length) {
      let begins = false;
      let body = at;
      if (!this.#midLine) {
        const line = lineStart(octets, at, this.#seenField);
        if (line.kind === 'open') break;
        if (line.kind === 'end') return { kind: 'end', length: at, blankLine: line.blankLine };
        if (line.kind === 'field') {
          this.#note(line.name);
          begins = true;
          body = line.body;
        }
      }
      const end = octets.indexOf(lf, body);
      const next = end < 0 ? octets.length : end + 1;
      if (this.#isMessageId) this.#keep(octets, body, next);
      take(this.#name, begins, at, next);
      this.#midLine = end < 0;
      at = next;
    }
    return { kind: 'header', length: at };
  }

  #note(name: string): void {
    this.#seenField = true;
    this.#name = name;
    this.#isMessageId = name === 'message-id' && !this.#hasMessageId;
    if (name === 'received') this.received += 1;
    else if (name === 'message-id') this.#hasMessageId = true;
    if (this.#asked.has(name)) this.seen.add(name);
  }

  #keep(octets: Buffer, start: number, end: number): void {
    const room = longestMessageId - this.#messageIdBody.length;
    this.#messageIdBody += octets.toString('latin1', start, Math.min(end, start + room));
  }
}

type LineStart =
  /** A field; its body begins after the colon, at `body`. */
  | { readonly kind: 'field'; readonly name: string; readonly body: number }
  /** A further line of the field before. */
  | { readonly kind: 'folded' }
  | { readonly kind: 'end'; readonly blankLine: boolean }
  /** More octets are needed to tell. */
  | { readonly kind: 'open' };

function lineStart(octets: Buffer, at: number, mayFold: boolean): LineStart {
  const first = octets[at];
  if (mayFold && isBlank(first)) return { kind: 'folded' };
  if (first === cr) {
    if (at + 1 === octets.length) return { kind: 'open' };
    return { kind: 'end', blankLine: octets[at + 1] === lf };
  }
  let nameEnd = at;
  while (isNameOctet(octets[nameEnd]) && nameEnd - at <= longestName) nameEnd += 1;
  let mark = nameEnd;
  // RFC 5322 §4.5.8: old mail has blanks before the colon.
  while (isBlank(octets[mark]) && mark - at <= longestName) mark += 1;
  if (mark - at > longestName) return { kind: 'end', blankLine: false };
  if (mark === octets.length) return { kind: 'open' };
  if (nameEnd === at || octets[mark] !== colon) return { kind: 'end', blankLine: false };
  return { kind: 'field', name: fieldName(octets, at, nameEnd), body: mark + 1 };
}

/** RFC 5322 §3.6.8 ftext. */
function isNameOctet(octet: number | undefined): boolean {
  return octet !== undefined && octet > 0x20 && octet < 0x7f && octet !== colon;
}

function isBlank(octet: number | undefined): boolean {
  return octet === space || octet === tab;
}

function fieldName(octets: Buffer, start: number, end: number): string {
  return end - start > longestKnownName ? '' : octets.toString('latin1', start, end).toLowerCase();
}
