import type { Transaction } from '../core/smtp/transaction.ts';
import type { RunningTransaction } from './running-transaction.ts';

/**
 * Hands the content to `take`, piece by piece, until `take` wants no more or the conversation ends. Returns what went
 * wrong on our side, if anything.
 *
 * @param skipBytes octets at the start that are left out
 */
export async function readContent(
  { link, transaction }: RunningTransaction,
  take: (chunk: Uint8Array) => boolean | Promise<boolean>,
  skipBytes = 0,
): Promise<string | undefined> {
  const { conversation, timeouts } = link;
  try {
    const source = open(transaction);
    let sizeBytes = 0;
    for (;;) {
      const step = source.next();
      // A store that does not answer must not hold the session for ever. The server has its own deadlines.
      const next =
        step instanceof Promise ? await conversation.unlessTrouble(step, timeouts.dataXferMs) : step;
      if (next === 'late' || 'kind' in next) {
        abandon(source);
        return next === 'late' ? 'nothing came in time' : undefined;
      }
      if (next.done === true) {
        return sizeBytes < transaction.size ? `${sizeBytes} of ${transaction.size} octets came` : undefined;
      }
      const skipped = Math.max(skipBytes - sizeBytes, 0);
      sizeBytes += next.value.length;
      const goesOn = take(skipped === 0 ? next.value : next.value.subarray(skipped));
      if (goesOn !== true && !(await goesOn)) {
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

/** Lets the source release what it holds. Nobody waits for that, or needs its result. */
function abandon(source: ContentIterator): void {
  Promise.resolve(source.return?.()).catch(() => undefined);
}
