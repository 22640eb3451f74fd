import { DataDecoder } from '../core/intake/data-decoder.ts';
import { flawReplies } from '../core/intake/flaw-replies.ts';
import type { BareNewline, LineFlaw } from '../core/intake/line-flaw.ts';
import type { Message } from '../core/mail/message.ts';
import type { MemoryShare } from '../core/memory-budget.ts';
import { HeaderCompleter, type HeaderRules, type OwnFields } from '../core/intake/header-completer.ts';
import type { TlsRequired } from '../core/intake/tls-required-field.ts';
import { noRoomReply } from './store-reply.ts';
import { ChunkQueue } from './chunk-queue.ts';
import { ContentRefused } from './content-refused.ts';

/** Most messages are smaller, and go to the queue in one piece. */
const chunkBytes = 64 * 1024;
/** No message takes more memory: one piece is received, one is passed on, and some are on their way to the store. */
const mostHeldBytes = 448 * 1024;
const stepBytes = 16 * 1024;

export interface ContentRules extends HeaderRules {
  /** Octets of the message as the client means it, without dot-stuffing (RFC 1870 §3). */
  readonly messageSizeLimitBytes: number;
  /** Received: lines, ours included (RFC 5321 §6.3). */
  readonly hopcountLimit: number;
  /** Octets of the header. */
  readonly headerLimitBytes: number;
  readonly bareNewline: BareNewline;
}

/** The content of one message between the octets of DATA and the queue. */
export class Content {
  /** What the queue reads: CRLF line ends, no dot-stuffing, our Received field first. Throws ContentRefused. */
  readonly chunks = new ChunkQueue(chunkBytes);
  /** Resolves when there is a first chunk, or the whole of a smaller message. Rejects with ContentRefused. */
  readonly begun: Promise<void>;
  readonly #decoder: DataDecoder;
  readonly #completer: HeaderCompleter;
  readonly #rules: ContentRules;
  readonly #share: MemoryShare;
  /** Memory that is reserved for it. */
  #heldBytes = 0;
  #begin!: { readonly resolve: () => void; readonly reject: (error: ContentRefused) => void };
  /** Why the message must not be kept. */
  refusal: ContentRefused | undefined;
  #storedBytes = 0;

  constructor(own: OwnFields, rules: ContentRules, share: MemoryShare) {
    this.#decoder = new DataDecoder(rules.bareNewline);
    this.#completer = new HeaderCompleter(own, rules);
    this.#rules = rules;
    this.#share = share;
    this.begun = new Promise((resolve, reject) => {
      this.#begin = { resolve, reject };
    });
  }

  /** Octets of the message that the client has sent. */
  get receivedBytes(): number {
    return this.#decoder.sizeBytes;
  }

  /** What the message had, so far, that others may read in another way. */
  get notes(): ReadonlySet<LineFlaw> {
    return this.#decoder.notes;
  }

  /** What the record of the message says of its content. It is right once all of it has been received. */
  get summary(): Pick<Message, 'size' | 'messageId' | 'wantsReceipt'> & {
    readonly tlsRequired: TlsRequired;
  } {
    const { messageId, tlsRequired, wantsReceipt } = this.#completer;
    return { size: this.#storedBytes, messageId, tlsRequired, ...(wantsReceipt && { wantsReceipt }) };
  }

  /** Takes octets of DATA, and overwrites them. Returns what follows the message once it has ended. */
  feed(octets: Buffer): Buffer | undefined {
    const { text, rest } = this.#decoder.decode(octets);
    const { flaw, sizeBytes } = this.#decoder;
    if (flaw !== undefined) this.#refuse(flawReplies[flaw]);
    else if (sizeBytes > this.#rules.messageSizeLimitBytes)
      this.#refuse('552 5.3.4 Error: message file too big');
    else if (!this.#hold(Math.min(sizeBytes, mostHeldBytes))) this.#refuse(noRoomReply);
    if (this.refusal === undefined) this.#pass(text, rest !== undefined);
    return rest;
  }

  /** The client is gone, or timed out, before the end of the message. */
  abort(why: string): void {
    this.#fail(new ContentRefused(why));
  }

  /** Reserves memory for what was received, in steps. */
  #hold(bytes: number): boolean {
    if (bytes <= this.#heldBytes) return true;
    const more = Math.ceil((bytes - this.#heldBytes) / stepBytes) * stepBytes;
    if (!this.#share.grow(more)) return false;
    this.#heldBytes += more;
    return true;
  }

  #pass(text: Buffer, isLast: boolean): void {
    const pieces = this.#completer.push(text);
    if (isLast) pieces.push(...this.#completer.finish());
    if (this.#completer.hops >= this.#rules.hopcountLimit) {
      this.#refuse('554 5.4.0 Error: too many hops');
      return;
    }
    if (this.#completer.headerBytes > this.#rules.headerLimitBytes) {
      this.#refuse('552 5.3.4 Error: message header too big');
      return;
    }
    for (const piece of pieces) {
      this.#storedBytes += piece.length;
      this.chunks.push(piece);
    }
    if (isLast) this.chunks.end();
    if (this.chunks.ready) this.#begin.resolve();
  }

  #refuse(reply: string): void {
    this.#fail(new ContentRefused(reply, reply));
  }

  #fail(error: ContentRefused): void {
    if (this.refusal !== undefined) return;
    this.refusal = error;
    this.#begin.reject(error);
    this.chunks.fail(error);
  }
}
