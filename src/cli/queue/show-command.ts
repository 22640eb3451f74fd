import { printable } from '../../core/mail/printable.ts';
import type { Queue, QueuedDelivery, QueuedMessage } from '../../queue/open-queue.ts';
import { countText } from '../../core/mail/count-text.ts';
import { duration } from '../../core/duration-text.ts';

export interface ShowOptions {
  readonly json: boolean;
  readonly body: boolean;
  readonly now: number;
  readonly print: (line: string) => boolean;
}

/** So much of a header is shown, and so much of a message goes into JSON. */
const HEADER_BYTES = 256 * 1024;
const JSON_BYTES = 16 * 1024 * 1024;

/** `dane-relay queue show`: envelope, progress at each destination, and header of messages. True if all were there. */
export async function showCommand(
  queue: Pick<Queue, 'content' | 'message'>,
  ids: readonly string[],
  { json, body, now, print }: ShowOptions,
): Promise<boolean> {
  let all = true;
  for (const id of ids) {
    const message = await queue.message(id);
    if (message === undefined) {
      all = false;
      print(
        json
          ? JSON.stringify({ schema: 1, queueId: id, state: 'unknown' })
          : printable(`${id}: there is no such message`),
      );
      continue;
    }
    if (json) {
      const text = await textOf(queue.content(id), body ? JSON_BYTES : HEADER_BYTES, !body);
      const [header, rest] = split(text);
      print(JSON.stringify({ schema: 1, ...message, header, ...(body && { body: rest ?? '' }) }));
      continue;
    }
    for (const line of describe(message, now)) print(printable(line));
    print('');
    for await (const line of linesOf(queue.content(id), !body)) if (!print(printable(line))) return all;
  }
  return all;
}

function describe(message: QueuedMessage, now: number): readonly string[] {
  const { queueId, size, arrivedAt, state, sender, forceExpired, deliveries } = message;
  const expired = forceExpired ? ', returned to its sender at its next attempt' : '';
  return [
    `${queueId}: ${size} octets, arrived ${new Date(arrivedAt).toISOString()} (${duration(now - arrivedAt)} ago), ${state}${expired}`,
    `from <${sender}>`,
    ...deliveries.flatMap((delivery) => describeDelivery(delivery, now)),
  ];
}

function describeDelivery(delivery: QueuedDelivery, now: number): readonly string[] {
  const { destination, state, attempts, nextAt, postponed, suspendedUntil, dsn, reason, recipients } =
    delivery;
  const next =
    nextAt === undefined ? '' : nextAt <= now ? ', due now' : `, next try in ${duration(nextAt - now)}`;
  const suspended = suspendedUntil === undefined ? '' : ', destination suspended';
  return [
    `to ${destination}: ${state}, ${countText(attempts, 'attempt')}${next}${suspended}`,
    ...(postponed === undefined ? [] : [`    (waits: ${postponed})`]),
    ...(reason === undefined ? [] : [`    (${dsn ?? ''} ${reason})`]),
    ...recipients.map((recipient) => `    <${recipient}>`),
  ];
}

/** At most so many octets; only the header if that is all that is wanted. */
async function textOf(content: AsyncIterable<Buffer>, most: number, headerOnly: boolean): Promise<string> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of content) {
    pieces.push(piece);
    length += piece.length;
    if (length >= most) break;
    if (headerOnly && Buffer.concat(pieces).includes('\r\n\r\n')) break;
  }
  return Buffer.concat(pieces).subarray(0, most).toString('utf8');
}

/** Header and body. */
function split(text: string): readonly [string, string?] {
  if (text.startsWith('\r\n')) return ['', text.slice(2)];
  const end = text.indexOf('\r\n\r\n');
  return end < 0 ? [text] : [text.slice(0, end + 2), text.slice(end + 4)];
}

/** Line by line, a long line in parts. */
async function* linesOf(content: AsyncIterable<Buffer>, headerOnly: boolean): AsyncGenerator<string> {
  let rest = Buffer.alloc(0);
  let read = 0;
  for await (const piece of content) {
    rest = Buffer.concat([rest, piece]);
    read += piece.length;
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
      const line = rest.subarray(0, end).toString('utf8').replace(/\r$/, '');
      rest = rest.subarray(end + 1);
      if (headerOnly && line === '') return;
      yield line;
    }
    if (headerOnly && read >= HEADER_BYTES) return;
    if (rest.length >= HEADER_BYTES) {
      yield rest.toString('utf8');
      rest = Buffer.alloc(0);
    }
  }
  if (rest.length > 0) yield rest.toString('utf8');
}
