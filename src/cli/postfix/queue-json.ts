import type { ShownMessage } from './shown-message.ts';

/** The queue in the form of Postfix's `postqueue -j`, an object a line. */
export async function queueJsonCommand(
  messages: AsyncIterable<ShownMessage>,
  print: (line: string) => boolean,
): Promise<true> {
  for await (const message of messages) if (!print(queueJson(message))) break;
  return true;
}

/** With the members of Postfix 3.7, in its order and with its blanks: scripts that cut lines apart rely on both. */
export function queueJson(message: ShownMessage): string {
  const recipients = message.recipients.map(({ address, reason }) =>
    object({ address, ...(reason !== '' && { delay_reason: reason }) }),
  );
  const members = object({
    queue_name: message.queueName,
    queue_id: message.queueId,
    arrival_time: Math.floor(message.arrivedAt / 1000),
    message_size: message.size,
    forced_expire: message.forceExpired,
    sender: message.sender,
  });
  return `${members.slice(0, -1)}, "recipients": [${recipients.join(', ')}]}`;
}

function object(members: Readonly<Record<string, string | number | boolean>>): string {
  const texts = Object.entries(members).map(([name, value]) => `"${name}": ${JSON.stringify(value)}`);
  return `{${texts.join(', ')}}`;
}
