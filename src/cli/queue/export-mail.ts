import { isSpeakable, isSpeakableSender } from '../../core/leaving/envelope-lines.ts';
import { leavingState, type LeavingMessage, type LeavingState } from '../../core/leaving/leaving.ts';
import { MboxContent, mboxHead } from '../../core/leaving/mbox.ts';
import { countText } from '../../core/mail/count-text.ts';
import { printable } from '../../core/mail/printable.ts';
import type { LeavingWishes, Queue } from '../../queue/open-queue.ts';
import type { ExportDirectory } from './export-directory.ts';
import { InUseError } from './in-use-error.ts';

type LeavingQueue = Pick<Queue, 'content' | 'leaving' | 'message' | 'relays'>;

export interface ExportWishes extends Pick<LeavingWishes, 'meant' | 'ambiguous' | 'looked'> {
  /** Messages are exported although a relay may deliver them. */
  readonly live: boolean;
  /** The operator did not wait for the end. */
  readonly stopping: AbortSignal;
  readonly warn: (text: string) => void;
}

/** What was exported, and what was not. */
export interface Exported {
  readonly messages: number;
  /** Messages with recipients in this state. */
  readonly states: Readonly<Record<LeavingState, number>>;
  /** Messages that stay with the relay that works on the queue. */
  readonly atWork: number;
  /** Messages, and recipients of others, that could not be exported. */
  readonly leftOut: number;
}

/** The operator did not wait for the end. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
  readonly code = 'INTERRUPTED';
}

/** Messages whose files are being written: the disk writes for all of them together. */
const AT_ONCE = 32;

/** Writes each message that is meant as files. */
export async function exportToDirectory(
  queue: LeavingQueue,
  directory: Pick<ExportDirectory, 'write'>,
  wishes: ExportWishes,
): Promise<Exported> {
  const counts = new Counts(wishes.warn);
  const underWay = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  const one = async (leaving: LeavingMessage): Promise<void> => {
    const { queueId } = leaving.message;
    try {
      counts.add(await directory.write(leaving, queue.content(queueId)));
    } catch (error) {
      if (isSecond(error)) return;
      if (await isThere(queue, queueId)) failure ??= { error };
      else counts.leaveOut(queueId, 'it was delivered or deleted meanwhile');
    }
  };
  for await (const leaving of exportable(queue, wishes, counts)) {
    const writing = one(leaving).finally(() => underWay.delete(writing));
    underWay.add(writing);
    if (underWay.size >= AT_ONCE) await Promise.race(underWay);
    if (failure !== undefined) break;
  }
  await Promise.all(underWay);
  if (failure !== undefined) throw failure.error;
  return counts.done();
}

/** Writes each message that is meant into one mbox. */
export async function exportToMbox(
  queue: LeavingQueue,
  write: (octets: AsyncIterable<Buffer | string>) => Promise<unknown>,
  wishes: ExportWishes,
): Promise<Exported> {
  const counts = new Counts(wishes.warn);
  await write(mbox(queue, wishes, counts));
  return counts.done();
}

async function* mbox(
  queue: LeavingQueue,
  wishes: ExportWishes,
  counts: Counts,
): AsyncGenerator<Buffer | string> {
  for await (const leaving of exportable(queue, wishes, counts)) {
    const { queueId, size } = leaving.message;
    const quoting = new MboxContent();
    let bytes = 0;
    let isBegun = false;
    try {
      for await (const piece of queue.content(queueId)) {
        if (!isBegun) yield mboxHead(leaving);
        isBegun = true;
        bytes += piece.length;
        yield quoting.write(piece);
      }
    } catch (error) {
      if (await isThere(queue, queueId)) throw error;
    }
    if (isBegun) yield quoting.end();
    if (bytes !== size)
      counts.leaveOut(
        queueId,
        `it was delivered or deleted meanwhile${isBegun ? ': the mbox has a part of it' : ''}`,
      );
    else if (!quoting.isExact)
      counts.leaveOut(queueId, 'it has line ends that an mbox cannot keep, and has others there');
    if (bytes === size) counts.add([...new Set(leaving.recipients.map(leavingState))]);
  }
}

/** What can be handed to another mail system, and no relay delivers meanwhile. */
async function* exportable(
  queue: LeavingQueue,
  { meant, ambiguous, looked, live, stopping }: ExportWishes,
  counts: Counts,
): AsyncGenerator<LeavingMessage> {
  const isAtWork = !live && (await queue.relays()) > 0;
  const leftOut = (queueId: string, why: string): void => counts.leaveOut(queueId, why);
  let some = false;
  for await (const leaving of queue.leaving({ meant, ambiguous, looked, leftOut })) {
    if (stopping.aborted) throw new InterruptedError('interrupted');
    const { message, recipients } = leaving;
    const { queueId, envelope } = message;
    if (isAtWork && recipients.some((one) => leavingState(one) === 'send')) {
      counts.atWork += 1;
      continue;
    }
    // It becomes the name of files, and an import may have brought any.
    if (!/^[A-Za-z0-9]{1,64}$/.test(queueId)) {
      counts.leaveOut(queueId, 'its id is none');
      continue;
    }
    if (!isSpeakableSender(envelope)) {
      counts.leaveOut(queueId, `SMTP cannot name its sender <${envelope.sender}>`);
      continue;
    }
    const named = recipients.filter(isSpeakable);
    for (const { address } of recipients.filter((one) => !isSpeakable(one)))
      counts.leaveOut(queueId, `SMTP cannot name its recipient <${address}>`);
    if (named.length === 0) continue;
    some = true;
    yield { ...leaving, recipients: named };
  }
  if (!some && counts.atWork > 0)
    throw new InUseError(
      'a relay works on this queue: stop it, or place on hold what is to be exported (queue hold), or say --live for a copy to keep (the relay delivers it as well)',
    );
}

class Counts {
  messages = 0;
  atWork = 0;
  #leftOut = 0;
  readonly #states = { send: 0, hold: 0, held: 0 };
  readonly #warn: (text: string) => void;

  constructor(warn: (text: string) => void) {
    this.#warn = warn;
  }

  add(states: readonly LeavingState[]): void {
    this.messages += 1;
    for (const state of states) this.#states[state] += 1;
  }

  leaveOut(queueId: string, why: string): void {
    this.#leftOut += 1;
    this.#warn(printable(`${queueId}: not exported: ${why}`));
  }

  done(): Exported {
    return {
      messages: this.messages,
      states: this.#states,
      atWork: this.atWork,
      leftOut: this.#leftOut,
    };
  }
}

/** A list may show a message twice that is moved meanwhile. */
function isSecond(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}

async function isThere(queue: Pick<Queue, 'message'>, queueId: string): Promise<boolean> {
  return (await queue.message(queueId)) !== undefined;
}

/** What the command says at its end. */
export function exportedLines(
  { messages, states, atWork, leftOut }: Exported,
  to: string,
): readonly string[] {
  const some = [
    ...(states.hold === 0 ? [] : [`${states.hold} on hold`]),
    ...(states.held === 0 ? [] : [`${states.held} that may have arrived`]),
  ];
  return [
    `${countText(messages, 'message')} exported to ${to}${some.length === 0 ? '' : `, of them ${some.join(' and ')}`}`,
    ...(leftOut === 0 ? [] : [`${leftOut} could not be exported, or not as they are: see above`]),
    ...(atWork === 0
      ? []
      : [`${countText(atWork, 'message')} left out: a relay works on this queue, and they are not on hold`]),
  ];
}
