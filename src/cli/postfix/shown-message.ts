import type { ListedDrop } from '../../maildrop/list-maildrop.ts';
import type { QueuedMessage } from '../../queue/open-queue.ts';

/** A message as Postfix shows it. */
export interface ShownMessage {
  readonly queueName: QueuedMessage['state'] | 'maildrop';
  readonly queueId: string;
  readonly sender: string;
  readonly size: number;
  /** Epoch ms. */
  readonly arrivedAt: number;
  readonly forceExpired: boolean;
  readonly recipients: readonly { readonly address: string; readonly reason: string }[];
}

/** What lies in the maildrop and what waits, in the order of Postfix: those with a reason first. */
export async function* shownMessages(
  messages: AsyncIterable<QueuedMessage>,
  dropped: AsyncIterable<ListedDrop>,
): AsyncGenerator<ShownMessage> {
  for await (const { queueId, sender, size, arrivedAt, recipients } of dropped)
    yield {
      queueName: 'maildrop',
      queueId,
      sender: sender || nobody,
      size,
      arrivedAt,
      forceExpired: false,
      recipients: recipients.map((address) => ({ address, reason: '' })),
    };
  for await (const { state, sender, deliveries, ...message } of messages) {
    const recipients = deliveries.flatMap(({ recipients: addresses, reason = '' }) =>
      addresses.map((address) => ({ address, reason })),
    );
    const [known, unknown] = [recipients.filter(hasReason), recipients.filter((one) => !hasReason(one))];
    yield { ...message, queueName: state, sender: sender || nobody, recipients: [...known, ...unknown] };
  }
}

/** Postfix's `empty_address_recipient`. */
const nobody = 'MAILER-DAEMON';

function hasReason({ reason }: { readonly reason: string }): boolean {
  return reason !== '';
}
