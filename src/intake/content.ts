import { ChunkQueue } from './chunk-queue.ts';
import { ContentRefused } from './content-refused.ts';
import { DataDecoder } from '../core/intake/data-decoder.ts';
import { flawReplies } from '../core/intake/flaw-replies.ts';
import type { MemoryShare } from '../core/memory-budget.ts';
import { HeaderCompleter, type OwnFields } from '../core/intake/header-completer.ts';
import { noRoomReply } from './accept-message.ts';

/** Most messages are smaller and go to the queue in one piece. */
const chunkBytes = 64 * 1024;
/** However large a message is: a piece that is received, one that is handed over, and what is on its way to the store. */
const mostHeldBytes = 448 * 1024;
const stepBytes = 16 * 1024;

export interface ContentLimits {
  /** Octets of the message as the client sends it, without transparency (RFC 1870 §3). */
  readonly messageSizeLimitBytes: number;
  /** Received: lines, ours included (RFC 5321 §6.3). */
  readonly hopcountLimit: number;
  /** Octets of the header. */
  readonly headerLimitBytes: number;
}

/** The content of one message between the octets of DATA and the queue. */
export class Content {
  /** What the queue reads: CRLF line ends, no transparency, our trace line first. Throws ContentRefused. */
  readonly chunks = new ChunkQueue(chunkBytes);
  /** Settles when there is a first chunk or the whole of a smaller message; rejects with ContentRefused. */
  readonly begun: Promise<void>;
  readonly #decoder = new DataDecoder();
  readonly #completer: HeaderCompleter;
  readonly #limits: ContentLimits;
  readonly #share: MemoryShare;
  /** Octets of memory that count for it. */
  #heldBytes = 0;
  #begin!: { readonly resolve: () => void; readonly reject: (error: ContentRefused) => void };
  /** Why the message is not to be kept. */
  refusal: ContentRefused | undefined;
  #storedBytes = 0;

  constructor(own: OwnFields, limits: ContentLimits, share: MemoryShare) {
    this.#completer = new HeaderCompleter(own);
    this.#limits = limits;
    this.#share = share;
    this.begun = new Promise((resolve, reject) => {
      this.#begin = { resolve, reject };
    });
  }

  /** Octets of message that the client has sent. */
  get receivedBytes(): number {
    return this.#decoder.sizeBytes;
  }

  /** What the Message record tells of the content; only right once all of it was received. */
  get summary(): { readonly size: number; readonly messageId: string } {
    return { size: this.#storedBytes, messageId: this.#completer.messageId };
  }

  /** Takes octets of DATA, whose buffer is written to. Gives back what follows the message once it has ended. */
  feed(octets: Buffer): Buffer | undefined {
    const { text, rest } = this.#decoder.decode(octets);
    const { flaw, sizeBytes } = this.#decoder;
    if (flaw !== undefined) this.#refuse(flawReplies[flaw]);
    else if (sizeBytes > this.#limits.messageSizeLimitBytes)
      this.#refuse('552 5.3.4 Error: message file too big');
    else if (!this.#hold(Math.min(sizeBytes, mostHeldBytes))) this.#refuse(noRoomReply);
    if (this.refusal === undefined) this.#pass(text, rest !== undefined);
    return rest;
  }

  /** The client is gone, or its time is over, before the end of the message. */
  abort(why: string): void {
    this.#fail(new ContentRefused(why));
  }

  /** Counts memory for what was received, in steps. */
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
    if (this.#completer.hops >= this.#limits.hopcountLimit) {
      this.#refuse('554 5.4.0 Error: too many hops');
      return;
    }
    if (this.#completer.headerBytes > this.#limits.headerLimitBytes) {
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
