import {
  addressFields,
  completeAddresses,
  replaceAddresses,
  senderFields,
} from '../mail/complete-addresses.ts';
import { HeaderScan } from '../mail/header-scan.ts';
import { MailboxLines } from './mailbox-lines.ts';
import { TlsRequiredField, tlsRequiredName, type TlsRequired } from './tls-required-field.ts';

/** The fields that we write. */
export interface OwnFields {
  /** Received: field with its CRLF, as receivedField() makes it. */
  readonly received: string;
  /** Body of the Date field for a message that has none (RFC 6409 §8.2). */
  readonly date: string;
  /** msg-id with angle brackets for a message that has none (RFC 6409 §8.3). */
  readonly messageId: string;
  /** Body of the From field for a message that has none. */
  readonly from: string;
}

/** What is done to the fields that a message came with. */
export interface HeaderRules {
  /** Completes the addresses that have no domain. If absent, they stay as they are. */
  readonly appendOrigin?: string | undefined;
  /** Another address for a sender, in the fields that name one. If absent, they stay as they are. */
  readonly canonicalSender?: ((address: string) => string) | undefined;
  /** Names in lower case of the fields that are removed. */
  readonly messageDropHeaders: ReadonlySet<string>;
}

/** A longer field with addresses is passed on as it is. */
const longestCompleted = 32 * 1024;

const colon = 0x3a;
/** A message asks for receipts by having this field, whatever it says. */
const receiptField = 'dane-receipt';
const noOctets = Buffer.alloc(0);
const asked = new Set(['date', 'from', 'resent-date', 'resent-from', 'resent-message-id', receiptField]);

/**
 * Puts our Received field before a message, completes and removes fields, and adds the missing ones at the end of its
 * header, in the order of Postfix.
 */
export class HeaderCompleter {
  readonly #scan = new HeaderScan(asked);
  readonly #mailboxLines = new MailboxLines();
  readonly #tlsRequired = new TlsRequiredField();
  readonly #own: OwnFields;
  readonly #rules: HeaderRules;
  /** Octets that the scan has to see again. */
  #unread: Buffer = noOctets;
  /** A field with addresses, as far as it has come. */
  #field: Buffer[] = [];
  #fieldBytes = 0;
  #fieldName = '';
  /** A field of this name is being passed on although it has addresses: it is too long. */
  #isPassing = false;
  #pieces: Buffer[] = [];
  /** Octets that follow each other in memory, and are to be passed on as one piece. */
  #run: { readonly memory: ArrayBufferLike; readonly start: number; end: number } | undefined;
  #headerBytes = 0;
  #isResent = false;
  #started = false;
  #ended = false;

  constructor(own: OwnFields, rules: HeaderRules) {
    this.#own = own;
    this.#rules = rules;
  }

  /** Received: fields that the message came with. */
  get hops(): number {
    return this.#scan.received;
  }

  /** Octets of header that the message came with, so far. Lines that are renamed count with their new names. */
  get headerBytes(): number {
    return this.#headerBytes;
  }

  /** The Message-ID of the message as it is passed on. It is right once the header has ended. */
  get messageId(): string {
    return this.#scan.hasMessageId ? this.#scan.messageId : this.#own.messageId;
  }

  /** What the message says of TLS. It is right once the header has ended. */
  get tlsRequired(): TlsRequired {
    return this.#tlsRequired.said;
  }

  /** Whether the header asks for receipts. It is right once the header has ended. */
  get wantsReceipt(): boolean {
    return this.#scan.seen.has(receiptField);
  }

  /** Takes the next octets of the message. Returns what can be passed on. */
  push(text: Buffer): Buffer[] {
    if (!this.#started) this.#pass(Buffer.from(this.#own.received));
    this.#started = true;
    if (this.#ended) return [text];
    const { lines, rest } = this.#mailboxLines.push(text);
    for (const line of lines) {
      this.#headerBytes += line.length;
      this.#pass(line);
    }
    this.#read(rest);
    return this.#passedOn();
  }

  /** The message has ended. Returns what is left to pass on. */
  finish(): Buffer[] {
    if (this.#ended) return [];
    const pieces = this.push(noOctets);
    this.#read(this.#mailboxLines.finish());
    if (!this.#ended) this.#end('');
    this.#pass(this.#unread);
    return [...pieces, ...this.#passedOn()];
  }

  #read(text: Buffer): void {
    const octets = this.#unread.length > 0 ? Buffer.concat([this.#unread, text]) : text;
    if (octets.length === 0) return;
    const progress = this.#scan.push(octets, (name, begins, start, end) =>
      this.#take(octets, name, begins, start, end),
    );
    this.#headerBytes += progress.length;
    if (progress.kind === 'header') {
      this.#unread = octets.subarray(progress.length);
      return;
    }
    this.#unread = noOctets;
    this.#end(progress.blankLine ? '' : '\r\n');
    this.#pass(octets, progress.length);
  }

  #take(octets: Buffer, name: string, begins: boolean, start: number, end: number): void {
    if (begins) {
      this.#endField();
      this.#isPassing = !this.#isRewritten(name);
      this.#fieldName = name;
      this.#isResent ||= name.startsWith('resent-');
    }
    // What the operator has removed counts for nothing.
    if (this.#rules.messageDropHeaders.has(name)) return;
    if (name === tlsRequiredName) this.#tlsRequired.take(octets, begins, start, end);
    if (this.#isPassing) return this.#pass(octets, start, end);
    this.#field.push(octets.subarray(start, end));
    this.#fieldBytes += end - start;
    if (this.#fieldBytes <= longestCompleted) return;
    for (const part of this.#field) this.#pass(part);
    this.#field = [];
    this.#fieldBytes = 0;
    this.#isPassing = true;
  }

  /** A field with addresses is complete. */
  #endField(): void {
    if (this.#fieldBytes === 0) return;
    const [first = noOctets] = this.#field;
    const whole = this.#field.length === 1 ? first : Buffer.concat(this.#field, this.#fieldBytes);
    this.#field = [];
    this.#fieldBytes = 0;
    const body = whole.indexOf(colon) + 1;
    const text = whole.toString('latin1', body);
    const rewritten = this.#rewrite(text);
    if (rewritten === text) return this.#pass(whole);
    this.#pass(whole, 0, body);
    this.#pass(Buffer.from(rewritten, 'latin1'));
  }

  #isRewritten(name: string): boolean {
    const { appendOrigin, canonicalSender } = this.#rules;
    return (
      (appendOrigin !== undefined && addressFields.has(name)) ||
      (canonicalSender !== undefined && senderFields.has(name))
    );
  }

  #rewrite(text: string): string {
    const { appendOrigin, canonicalSender } = this.#rules;
    const completed = appendOrigin === undefined ? text : completeAddresses(text, appendOrigin);
    const isSender = canonicalSender !== undefined && senderFields.has(this.#fieldName);
    return isSender ? replaceAddresses(completed, canonicalSender) : completed;
  }

  /** The missing fields, and an empty line if the body came without one. */
  #end(separator: string): void {
    this.#endField();
    this.#ended = true;
    const { date, from, messageId } = this.#own;
    const { seen, hasMessageId } = this.#scan;
    const fields: string[] = [];
    const add = (name: string, isThere: boolean, body: string): void => {
      if (!isThere) fields.push(`${name}: ${body}\r\n`);
    };
    if (this.#isResent) {
      // RFC 5322 §3.6.6: who resends a message says when, and who it is.
      add('Resent-Message-ID', seen.has('resent-message-id'), messageId);
      add('Resent-Date', seen.has('resent-date'), date);
      add('Resent-From', seen.has('resent-from'), from);
    }
    add('Message-ID', hasMessageId, messageId);
    add('Date', seen.has('date'), date);
    add('From', seen.has('from'), from);
    if (fields.length > 0 || separator !== '') this.#pass(Buffer.from(`${fields.join('')}${separator}`));
  }

  /** Passes octets on. What follows the octets before in memory is one piece with them. */
  #pass(octets: Buffer, start = 0, end = octets.length): void {
    if (end === start) return;
    const run = this.#run;
    const at = octets.byteOffset + start;
    if (run !== undefined && run.memory === octets.buffer && run.end === at) {
      run.end += end - start;
      return;
    }
    this.#endRun();
    this.#run = { memory: octets.buffer, start: at, end: at + end - start };
  }

  #endRun(): void {
    if (this.#run === undefined) return;
    const { memory, start, end } = this.#run;
    this.#run = undefined;
    this.#pieces.push(Buffer.from(memory, start, end - start));
  }

  #passedOn(): Buffer[] {
    this.#endRun();
    const pieces = this.#pieces;
    this.#pieces = [];
    return pieces;
  }
}
