import { printable } from '../../core/mail/printable.ts';
import type { ShownMessage } from './shown-message.ts';

const headings = '----Queue ID----- --Size-- ---Arrival Time---- --Sender/Recipient------';

/** The queue in the form of Postfix's `postqueue -p` with long queue IDs, message by message as they come. */
export async function mailqCommand(
  messages: AsyncIterable<ShownMessage>,
  print: (line: string) => boolean,
): Promise<true> {
  let bytes = 0;
  let count = 0;
  for await (const message of messages) {
    const before = count === 0 ? headings : '';
    if (![before, ...lines(message).map(printable)].every((line) => print(line))) return true;
    bytes += message.size;
    count += 1;
  }
  if (count === 0) print('Mail queue is empty');
  else
    for (const line of [
      '',
      `-- ${Math.floor(bytes / 1024)} Kbytes in ${count} Request${count === 1 ? '' : 's'}.`,
    ])
      print(line);
  return true;
}

/** Where recipients begin, and how wide a reason is that stands at the right, without its parentheses. */
const recipientColumn = 47;
const reasonWidth = 76;

function lines(message: ShownMessage): readonly string[] {
  const { queueName, queueId, forceExpired, size, arrivedAt, sender, recipients } = message;
  const mark = queueName === 'active' ? '*' : queueName === 'hold' ? '!' : '';
  const id = `${queueId}${mark}${forceExpired ? '#' : ''}`;
  const first = `${id.padEnd(17)} ${String(size).padStart(8)} ${timeText(arrivedAt)} ${sender}`;
  let shown = '';
  const rest = recipients.flatMap(({ address, reason }) => {
    const line = `${' '.repeat(recipientColumn)}${address}`;
    if (reason === shown) return [line];
    shown = reason;
    const text = reason || 'reason unavailable';
    return [`${' '.repeat(Math.max(0, reasonWidth - text.length))}(${text})`, line];
  });
  return [first, ...rest];
}

/** As ctime(3), without the year: `Sun Nov 29 20:16:00`. */
function timeText(at: number): string {
  const date = new Date(at);
  const [weekday, month, , , time] = date.toString().split(' ');
  return `${weekday} ${month} ${String(date.getDate()).padStart(2)} ${time}`;
}
