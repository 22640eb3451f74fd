import { signingText } from '../core/dkim/signing-text.ts';
import { DataPace } from '../core/smtp/data-pace.ts';
import { DotStuffer } from '../core/smtp/dot-stuffing.ts';
import { LineLimit, lineLimitOctets } from '../core/smtp/line-limit.ts';
import { canAnswer, localDataError, outOfStep, peerName, refused } from '../core/smtp/verdict.ts';
import { SevenBitConverter } from '../core/mime/seven-bit-converter.ts';
import { SevenBitScan, type SevenBitPlan } from '../core/mime/seven-bit-plan.ts';
import type { RunningTransaction } from './running-transaction.ts';
import type { Conversation } from './conversation.ts';
import { withoutIntent } from './dot-intent.ts';
import { readContent } from './read-content.ts';
import { toldTrouble } from './shortage.ts';
import { contentUnreadable } from './log-lines.ts';

/** Octets in one write: few enough for a deadline on each, enough to be cheap. */
const writeBytes = 65_536;

/**
 * Scans the content before the server hears of it. Undefined if it cannot be read: that settles the open recipients.
 */
export async function scanContent(running: RunningTransaction): Promise<SevenBitPlan | undefined> {
  const scan = new SevenBitScan();
  const localError = await readContent(running, (chunk) => {
    scan.push(chunk);
    return true;
  });
  if (localError !== undefined) settleUnreadable(running, localError);
  return localError === undefined ? scan.end() : undefined;
}

/**
 * Signs what the content becomes for this server: the signature that it came with is of what it was (RFC 6376 §5.3). False if
 * it cannot be read: that settles the open recipients.
 */
export async function signContent(running: RunningTransaction, conversion: SevenBitPlan): Promise<boolean> {
  const { link, transaction, altered } = running;
  const signer = link.sign?.();
  const converter = new SevenBitConverter(conversion);
  const take = (chunk: Uint8Array): true => {
    signer?.push(converter.push(chunk));
    return true;
  };
  const localError = signer && (await readContent(running, take, transaction.signatureBytes));
  if (localError !== undefined) {
    settleUnreadable(running, localError);
    return false;
  }
  signer?.push(converter.end());
  const { fields, notes } = (await signer?.end()) ?? { fields: Buffer.alloc(0), notes: [] };
  running.signature = fields;
  altered.push(...notes.map(signingText));
  return true;
}

/**
 * Sends the content and the dot that ends it (RFC 5321 §4.1.1.4). True once the dot is on its way. False if it never
 * will be: that settles the open recipients and ends the session, as content cannot be taken back otherwise.
 */
export async function sendContent(
  running: RunningTransaction,
  conversion: SevenBitPlan | undefined,
  mayBeFollowed: boolean,
): Promise<boolean> {
  const { conversation, peer, timeouts, minDataRate } = running.link;
  if (conversion !== undefined) running.altered.push(`converting to 7 bits for ${peerName(peer)}`);
  const pace = new DataPace(timeouts.dataXferMs, minDataRate);
  const writer = new ContentWriter(conversation, pace, conversion);
  const { signature } = running;
  if (signature !== undefined) writer.begin(signature);
  const skipBytes = signature === undefined ? 0 : running.transaction.signatureBytes;
  const localError = await readContent(running, (chunk) => writer.add(chunk) || writer.flush(), skipBytes);
  if (writer.broke) running.altered.push(`breaking line > ${lineLimitOctets} bytes with <CR><LF>SPACE`);
  const refusal = localError === undefined ? await withoutIntent(running) : undefined;
  const { early, trouble } = conversation;
  if (early !== undefined) {
    // The server may refuse before the end of the content. It cannot accept before it.
    const status = canAnswer('content', early)
      ? refused('content', early, peer)
      : outOfStep('content', early, peer);
    running.ledger.settleOpen(status);
  } else if (localError !== undefined) {
    settleUnreadable(running, localError);
  } else if (refusal !== undefined) {
    running.ledger.settleOpen(refusal);
  } else if (trouble !== undefined) {
    running.broke = conversation.broke;
    running.ledger.settleOpen(toldTrouble(running.link, 'content', trouble, peer));
  } else {
    running.committed = true;
    // From now on the host has its full time: it may have the message.
    conversation.unlimit();
    // The envelope that goes behind it is ready in a moment.
    if (mayBeFollowed) conversation.gather();
    writer.end();
    return true;
  }
  conversation.fail({ kind: 'lost' });
  return false;
}

function settleUnreadable({ link, ledger }: RunningTransaction, localError: string): void {
  const { peer, log } = link;
  log(contentUnreadable(peer, localError));
  ledger.settleOpen(localDataError(peer));
}

/** Gathers content into writes of a good size, and holds the last part back to send it together with the dot. */
class ContentWriter {
  readonly #conversation: Conversation;
  readonly #pace: DataPace;
  readonly #converter: SevenBitConverter | undefined;
  readonly #limit = new LineLimit();
  readonly #stuffer = new DotStuffer();
  #parts: Buffer[] = [];
  #bytes = 0;

  constructor(conversation: Conversation, pace: DataPace, conversion: SevenBitPlan | undefined) {
    this.#conversation = conversation;
    this.#pace = pace;
    this.#converter = conversion === undefined ? undefined : new SevenBitConverter(conversion);
  }

  get broke(): boolean {
    return this.#limit.broke;
  }

  /** What is sent as it is, before the content. */
  begin(octets: Buffer): void {
    this.#put(octets);
  }

  /** Returns false when it is time to flush. */
  add(chunk: Uint8Array): boolean {
    const octets = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this.#put(this.#limit.push(this.#converter === undefined ? octets : this.#converter.push(octets)));
    return this.#bytes < writeBytes;
  }

  /**
   * Writes all but a last part that is too small for a write of its own, and waits for room if there is none. Resolves to
   * false when there is no point in sending more.
   */
  async flush(): Promise<boolean> {
    const bytes = this.#take();
    let at = 0;
    for (; bytes.length - at >= writeBytes; at += writeBytes) {
      const { early, trouble } = this.#conversation;
      if (early !== undefined || trouble !== undefined) return false;
      const piece = bytes.subarray(at, at + writeBytes);
      const roomLeft = this.#conversation.send(piece, 0);
      this.#pace.took(roomLeft ? 0 : await this.#conversation.drained(this.#pace.leftMs), piece.length);
    }
    this.#keep(bytes.subarray(at));
    return true;
  }

  end(): void {
    if (this.#converter !== undefined) this.#put(this.#limit.push(this.#converter.end()));
    this.#put(this.#limit.end());
    this.#parts.push(this.#stuffer.end());
    this.#conversation.send(this.#take(), 1);
  }

  #put(octets: Buffer): void {
    this.#keep(this.#stuffer.stuff(octets));
  }

  #keep(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#parts.push(bytes);
    this.#bytes += bytes.length;
  }

  #take(): Buffer {
    const [only] = this.#parts;
    const bytes = this.#parts.length === 1 && only !== undefined ? only : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#bytes = 0;
    return bytes;
  }
}
