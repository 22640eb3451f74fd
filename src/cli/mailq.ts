import { printable } from '../core/mail/printable.ts';
import type { ListedDrop } from '../maildrop/list-maildrop.ts';
import type { Queue } from './queue-commands.ts';

/** A message as mailq(1) shows it. */
interface Entry {
  readonly queueId: string;
  /** `*` while it is being delivered, `!` on hold. */
  mark: string;
  readonly size: number;
  readonly arrivedAt: number;
  readonly sender: string;
  /** Why they wait -> recipients. */
  readonly waiting: Map<string, string[]>;
}

/**
 * `mailq`: the queue in the form of Postfix's `postqueue -p`, message by message, with what waits in the maildrop. It is read
 * whole before the first line, since the queue is kept by destination.
 */
export async function mailqCommand(
  queue: Pick<Queue, 'list'>,
  dropped: AsyncIterable<ListedDrop>,
  print: (line: string) => boolean,
): Promise<boolean> {
  const entries = new Map<string, Entry>();
  for await (const delivery of queue.list()) {
    const { queueId, state, size, arrivedAt, sender, reason = '', recipients } = delivery;
    const entry = entries.get(queueId) ?? { queueId, mark: '', size, arrivedAt, sender, waiting: new Map() };
    entries.set(queueId, entry);
    entry.mark ||= state === 'active' ? '*' : state === 'held' ? '!' : '';
    entry.waiting.set(reason, [...(entry.waiting.get(reason) ?? []), ...recipients]);
  }
  for await (const { queueId, size, arrivedAt, sender, recipients } of dropped)
    entries.set(queueId, {
      queueId,
      mark: '',
      size,
      arrivedAt,
      sender,
      waiting: new Map([['', [...recipients]]]),
    });
  if (entries.size === 0) return print('Mail queue is empty') || true;

  print('----Queue ID----- --Size-- ---Arrival Time---- --Sender/Recipient------');
  let bytes = 0;
  for (const entry of entries.values()) {
    bytes += entry.size;
    if (!lines(entry).every((line) => print(printable(line)))) return true;
  }
  const requests = entries.size === 1 ? 'Request' : 'Requests';
  print(`-- ${Math.ceil(bytes / 1024)} Kbytes in ${entries.size} ${requests}.`);
  return true;
}

/** Where recipients begin, and the end of reasons, which stand at the right. */
const recipientColumn = 47;
const reasonWidth = 76;

function lines({ queueId, mark, size, arrivedAt, sender, waiting }: Entry): readonly string[] {
  const first = `${`${queueId}${mark}`.padEnd(17)} ${String(size).padStart(8)} ${timeText(arrivedAt)} ${sender || 'MAILER-DAEMON'}`;
  const rest = [...waiting].flatMap(([reason, recipients]) => [
    ...(reason === '' ? [] : [`(${reason})`.padStart(reasonWidth)]),
    ...recipients.map((recipient) => `${' '.repeat(recipientColumn)}${recipient}`),
  ]);
  return [first, ...rest, ''];
}

/** As ctime(3), without the year: `Sun Nov 29 20:16:00`. */
function timeText(at: number): string {
  const date = new Date(at);
  const [weekday, month, , , time] = date.toString().split(' ');
  return `${weekday} ${month} ${String(date.getDate()).padStart(2)} ${time}`;
}
