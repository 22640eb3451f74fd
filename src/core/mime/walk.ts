import { beginField, bodyOf, continueField, withoutComments, type HeaderField } from './header-field.ts';
import type { Line } from './lines.ts';

/** How a part may be brought through a server that takes seven bits. */
export type Kind =
  /** Holds octets of its own: may be encoded. */
  | 'leaf'
  /** Holds parts; only a text that nobody reads is its own (RFC 2046 §5.1.1). */
  | 'multipart'
  /** `message/rfc822`: holds a message. */
  | 'message'
  /** Composite and no more is known, or must stay as it is: nothing in it may be encoded (RFC 2045 §6.4). */
  | 'closed';

/** A message, or a part of one (RFC 2045 §2.4). */
export interface Entity {
  /** Counted in the order in which they begin: the message itself is 0. */
  readonly ordinal: number;
  readonly parent: Entity | undefined;
  /** It is a message of its own: the whole, or what is in a `message/rfc822`. */
  readonly isMessage: boolean;
  kind: Kind;
  /** `text/plain`; undefined when there is no Content-Type. */
  type: string | undefined;
  /** Content-Transfer-Encoding in lower case; undefined when there is none. */
  encoding: string | undefined;
  hasMimeVersion: boolean;
  /** Within a `multipart/signed`, which nobody may change (RFC 1847 §2.1). */
  signed: boolean;
}

/** What a line is, and to which entity it belongs. */
export interface Place {
  readonly entity: Entity;
  readonly what:
    | 'field'
    /** A line of the Content-Transfer-Encoding field. */
    | 'encoding field'
    /** The empty line after the header. */
    | 'header end'
    | 'body'
    /** A delimiter of the multipart. */
    | 'delimiter';
}

/** More parts, or deeper ones, are walked as if they were text. */
const mostEntities = 10_000;
const deepest = 100;
interface Open {
  readonly entity: Entity;
  /** How many there are around it; its place among those that are open. */
  readonly depth: number;
  inHeader: boolean;
  /** The Content-Type field, unfolded. */
  contentType: string | undefined;
  /** `--boundary`, of a multipart that is not closed yet. */
  delimiter: string | undefined;
  /** The multipart around it that has the same delimiter, if there is one. */
  shadowed: Open | undefined;
}

/** Finds the MIME structure of a message (RFC 2045, RFC 2046), line by line. */
export class Walk {
  readonly #stack: Open[] = [];
  /** The multiparts that are not closed, by their delimiters; the innermost of those with the same one. */
  readonly #delimiters = new Map<string, Open>();
  #count = 0;
  #field: HeaderField | undefined;
  /** The line that is being given in pieces. */
  #place: Place;

  constructor() {
    const { entity } = this.#open(undefined, true);
    this.#place = { entity, what: 'field' };
  }

  /** True if the structure was too large to be followed. */
  get lost(): boolean {
    return this.#count > mostEntities;
  }

  at(line: Line): Place {
    if (line.starts) this.#place = this.#startOf(line.octets);
    return this.#place;
  }

  #startOf(octets: Buffer): Place {
    const delimiter = this.#delimiter(octets);
    if (delimiter !== undefined) return delimiter;
    const open = this.#current();
    if (!open.inHeader) return { entity: open.entity, what: 'body' };
    if (octets.length === 0) return this.#endHeader(open);
    const field = isBlank(octets[0]) ? this.#field : undefined;
    if (field !== undefined) continueField(field, octets);
    else {
      readField(open, this.#field);
      this.#field = beginField(octets);
    }
    const isEncoding = this.#field?.name === 'content-transfer-encoding';
    return { entity: open.entity, what: isEncoding ? 'encoding field' : 'field' };
  }

  #endHeader(open: Open): Place {
    readField(open, this.#field);
    this.#field = undefined;
    open.inHeader = false;
    const { entity } = open;
    settle(open);
    const { delimiter } = open;
    if (delimiter !== undefined) {
      open.shadowed = this.#delimiters.get(delimiter);
      this.#delimiters.set(delimiter, open);
    }
    if (entity.kind === 'message') this.#open(open, true);
    return { entity, what: 'header end' };
  }

  /** RFC 2046 §5.1.1: a delimiter of an outer multipart ends the inner ones, whatever they miss. */
  #delimiter(octets: Buffer): Place | undefined {
    if (octets[0] !== 0x2d || octets[1] !== 0x2d) return undefined;
    // RFC 2046 §5.1.1: blanks may follow it.
    let end = octets.length;
    while (isBlank(octets[end - 1])) end -= 1;
    const text = octets.toString('latin1', 0, end);
    const next = this.#delimiters.get(text);
    const last = text.endsWith('--') ? this.#delimiters.get(text.slice(0, -2)) : undefined;
    // One may be what closes the other: then the innermost is meant.
    const multipart = (next?.depth ?? -1) >= (last?.depth ?? -1) ? next : last;
    if (multipart === undefined) return undefined;
    while (this.#stack.length > multipart.depth + 1) this.#forget(this.#stack.pop());
    this.#field = undefined;
    if (multipart === next) this.#open(multipart, false);
    else this.#forget(multipart);
    return { entity: multipart.entity, what: 'delimiter' };
  }

  /** No line is a delimiter of this any more. */
  #forget(open: Open | undefined): void {
    if (open?.delimiter === undefined) return;
    if (open.shadowed === undefined) this.#delimiters.delete(open.delimiter);
    else this.#delimiters.set(open.delimiter, open.shadowed);
    open.delimiter = undefined;
  }

  #open(parent: Open | undefined, isMessage: boolean): Open {
    const depth = (parent?.depth ?? -1) + 1;
    const entity: Entity = {
      ordinal: this.#count,
      parent: parent?.entity,
      isMessage,
      kind: 'leaf',
      type: undefined,
      encoding: undefined,
      hasMimeVersion: false,
      signed: parent?.entity.signed === true,
    };
    const open: Open = {
      entity,
      depth,
      inHeader: true,
      contentType: undefined,
      delimiter: undefined,
      shadowed: undefined,
    };
    if (depth > deepest) this.#count = mostEntities;
    if (this.#count <= mostEntities) this.#stack.push(open);
    this.#count += 1;
    return open;
  }

  #current(): Open {
    const open = this.#stack.at(-1);
    if (open === undefined) throw new Error('a walk has no message');
    return open;
  }
}

function isBlank(octet: number | undefined): boolean {
  return octet === 0x20 || octet === 0x09;
}

function readField(open: Open, field: HeaderField | undefined): void {
  const { entity } = open;
  if (field === undefined) return;
  switch (field.name) {
    case 'content-type':
      open.contentType ??= bodyOf(field);
      break;
    case 'content-transfer-encoding':
      // RFC 2045 §6.1: not case sensitive; comments may stand there as in any structured field.
      entity.encoding ??= withoutComments(bodyOf(field)).trim().toLowerCase();
      break;
    case 'mime-version':
      entity.hasMimeVersion = true;
      break;
  }
}

/** What the header says of the body, now that it is over. */
function settle(open: Open): void {
  const { entity, contentType } = open;
  entity.type = /^\s*([^\s;/]+\/[^\s;]+)/.exec(contentType ?? '')?.[1]?.toLowerCase();
  // RFC 2046 §5.1.5: what a part of a digest is that does not say what it is.
  const type = entity.type ?? (entity.parent?.type === 'multipart/digest' ? 'message/rfc822' : 'text/plain');
  if (type.startsWith('multipart/')) {
    const boundary = boundaryOf(contentType ?? '');
    entity.kind = boundary === undefined ? 'closed' : 'multipart';
    open.delimiter = boundary === undefined ? undefined : `--${boundary}`;
    entity.signed ||= type === 'multipart/signed';
  } else if (type === 'message/rfc822') {
    entity.kind = 'message';
  } else if (type.startsWith('message/') && !type.startsWith('message/global')) {
    // RFC 6532 §3.7, RFC 6533 §6: of the types of messages only those of UTF-8 mail may be encoded.
    entity.kind = 'closed';
  }
}

/** RFC 2046 §5.1.1: at most 70 characters, no blank at the end. */
function boundaryOf(contentType: string): string | undefined {
  const [, quoted, bare] = /;\s*boundary\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))/is.exec(contentType) ?? [];
  const boundary = quoted?.replace(/\\(.)/gs, '$1') ?? bare;
  return boundary === undefined || boundary === '' ? undefined : boundary.trimEnd();
}
