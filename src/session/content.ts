import { DotStuffer } from '../core/smtp/dot-stuffing.ts';
import type { Transaction } from '../core/smtp/transaction.ts';
import { peerName, refused, relayName, wireTrouble } from '../core/smtp/verdict.ts';
import type { Attempt } from './attempt.ts';
import type { Conversation } from './conversation.ts';
import { withoutLeave } from './dot-leave.ts';

/** Octets that go out in one write: few enough for a deadline on each, enough to be cheap. */
const writeBytes = 65_536;

/**
 * Sends the content and the dot that ends it (RFC 5321 §4.1.1.4). True once the dot is on its way. False if it never
 * will be: that settles the open recipients and ends the session, as content cannot be taken back otherwise.
 */
export async function sendContent(attempt: Attempt): Promise<boolean> {
  const { conversation, peer, timeouts, log } = attempt.link;
  const writer = new ContentWriter(conversation, timeouts.dataXferMs);
  const localError = await copyContent(attempt, writer);
  const refusal = localError === undefined ? await withoutLeave(attempt) : undefined;
  const { early, trouble } = conversation;
  if (early !== undefined) {
    // The server need not wait for the end to refuse. To accept it must: nothing has been accepted yet.
    const text = early.lines[0] ?? '';
    attempt.ledger.settleOpen(
      early.code >= 400
        ? refused('content', early, peer)
        : wireTrouble('content', { kind: 'garbage', text }, peer),
    );
  } else if (localError !== undefined) {
    log({
      component: 'smtp',
      severity: 'error',
      event: 'content unreadable',
      text: `cannot read message content for ${relayName(peer)}: ${localError}`,
    });
    attempt.ledger.settleOpen({
      outcome: 'deferred',
      dsn: '4.3.0',
      reason: `local data error while talking to ${peerName(peer)}`,
      scope: 'message',
      ours: true,
      relay: relayName(peer),
    });
  } else if (refusal !== undefined) {
    attempt.ledger.settleOpen(refusal);
  } else if (trouble !== undefined) {
    attempt.ledger.settleOpen(wireTrouble('content', trouble, peer));
  } else {
    attempt.committed = true;
    writer.end();
    return true;
  }
  conversation.fail({ kind: 'lost' });
  return false;
}

/** Writes all of the content but what the writer holds back. Returns what went wrong on our side. */
async function copyContent(
  { link, transaction }: Attempt,
  writer: ContentWriter,
): Promise<string | undefined> {
  const { conversation, timeouts } = link;
  try {
    const source = open(transaction);
    let sizeBytes = 0;
    for (;;) {
      const step = source.next();
      // A store that does not answer must not hold the session for ever.
      const next =
        step instanceof Promise ? await conversation.unlessTrouble(step, timeouts.dataXferMs) : step;
      if ('kind' in next) {
        abandon(source);
        return next.kind === 'timeout' ? 'nothing came in time' : undefined;
      }
      if (next.done === true) {
        return sizeBytes < transaction.size ? `${sizeBytes} of ${transaction.size} octets came` : undefined;
      }
      sizeBytes += next.value.length;
      if (!writer.add(next.value) && !(await writer.flush())) {
        abandon(source);
        return undefined;
      }
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

type ContentIterator = AsyncIterator<Uint8Array, unknown> | Iterator<Uint8Array, unknown>;

function open(transaction: Transaction): ContentIterator {
  const content = transaction.content();
  return Symbol.asyncIterator in content ? content[Symbol.asyncIterator]() : content[Symbol.iterator]();
}

/** Lets the source release what it holds. It is not waited for, and how it ends is of no interest any more. */
function abandon(source: ContentIterator): void {
  Promise.resolve(source.return?.()).catch(() => undefined);
}

/** Gathers content into writes of a good size, and keeps the last of it to go out together with the dot. */
class ContentWriter {
  readonly #conversation: Conversation;
  readonly #timeoutMs: number;
  readonly #stuffer = new DotStuffer();
  #parts: Buffer[] = [];
  #bytes = 0;

  constructor(conversation: Conversation, timeoutMs: number) {
    this.#conversation = conversation;
    this.#timeoutMs = timeoutMs;
  }

  /** False when it is time to flush. */
  add(chunk: Uint8Array): boolean {
    const bytes = this.#stuffer.stuff(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    this.#parts.push(bytes);
    this.#bytes += bytes.length;
    return this.#bytes < writeBytes;
  }

  /** Writes, and waits for room where there is none. False when there is no point in more. */
  async flush(): Promise<boolean> {
    const bytes = this.#take();
    for (let at = 0; at < bytes.length; at += writeBytes) {
      const { early, trouble } = this.#conversation;
      if (early !== undefined || trouble !== undefined) return false;
      const roomLeft = this.#conversation.send(bytes.subarray(at, at + writeBytes), 0);
      if (!roomLeft) await this.#conversation.drained(this.#timeoutMs);
    }
    return true;
  }

  end(): void {
    this.#parts.push(this.#stuffer.end());
    this.#conversation.send(this.#take(), 1);
  }

  #take(): Buffer {
    const [only] = this.#parts;
    const bytes = this.#parts.length === 1 && only !== undefined ? only : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#bytes = 0;
    return bytes;
  }
}
