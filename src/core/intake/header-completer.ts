import { HeaderScan } from '../mail/header-scan.ts';

/** The fields that we write. */
export interface OwnFields {
  /** Received: field with its CRLF, as receivedField() makes it. */
  readonly received: string;
  /** Body of the Date field for a message that has none (RFC 6409 §8.2). */
  readonly date: string;
  /** msg-id with angle brackets for a message that has none (RFC 6409 §8.3). */
  readonly messageId: string;
}

/** Puts our Received field before a message, and missing fields at the end of its header. */
export class HeaderCompleter {
  readonly #scan = new HeaderScan();
  readonly #own: OwnFields;
  /** Octets that the scan has to see again. */
  #unread: Buffer = Buffer.alloc(0);
  #headerBytes = 0;
  #started = false;
  #ended = false;

  constructor(own: OwnFields) {
    this.#own = own;
  }

  /** Received: fields that the message came with. */
  get hops(): number {
    return this.#scan.received;
  }

  /** Octets of header that the message came with, so far. */
  get headerBytes(): number {
    return this.#headerBytes;
  }

  /** The Message-ID of the message as it is passed on. It is right once the header has ended. */
  get messageId(): string {
    return this.#scan.hasMessageId ? this.#scan.messageId : this.#own.messageId;
  }

  /** Takes the next octets of the message. Returns what can be passed on. */
  push(text: Buffer): Buffer[] {
    const pieces: Buffer[] = this.#started ? [] : [Buffer.from(this.#own.received)];
    this.#started = true;
    if (this.#ended) return [...pieces, text];
    const octets = this.#unread.length > 0 ? Buffer.concat([this.#unread, text]) : text;
    const progress = this.#scan.push(octets);
    this.#headerBytes += progress.length;
    const rest = octets.subarray(progress.length);
    if (progress.length > 0) pieces.push(octets.subarray(0, progress.length));
    if (progress.kind === 'header') this.#unread = rest;
    else pieces.push(...this.#end(progress.blankLine ? '' : '\r\n'), rest);
    return pieces;
  }

  /** The message has ended. Returns what is left to pass on. */
  finish(): Buffer[] {
    return this.#ended ? [] : [...this.push(Buffer.alloc(0)), ...this.#end(''), this.#unread];
  }

  /** The missing fields, and an empty line if the body came without one. */
  #end(separator: string): Buffer[] {
    this.#ended = true;
    const date = this.#scan.hasDate ? '' : `Date: ${this.#own.date}\r\n`;
    const messageId = this.#scan.hasMessageId ? '' : `Message-ID: ${this.#own.messageId}\r\n`;
    const fields = `${messageId}${date}${separator}`;
    return fields === '' ? [] : [Buffer.from(fields)];
  }
}
