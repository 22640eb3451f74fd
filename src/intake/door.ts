import type { Door, DoorClient, DoorContent, DoorResult, DoorTransaction } from '../core/intake/door.ts';
import { DotStuffer } from '../core/smtp/dot-stuffing.ts';
import { fitsPath } from '../core/intake/path-command.ts';
import { clientAt } from '../core/intake/client-identity.ts';
import { acceptMessage, takenReply, type IncomingMessage } from './accept-message.ts';
import { localName } from './client-name.ts';
import type { IntakeContext } from './intake-context.ts';
import { MailDialog } from './mail-dialog.ts';

/** The door of this intake for clients that do not speak SMTP. */
export function openDoor(context: IntakeContext): Door {
  return { begin: (client) => begin(client, context) };
}

function begin({ address, user, tls }: DoorClient, context: IntakeContext): DoorTransaction {
  const identity = { ...clientAt(address, 'http'), name: localName(address), user, saslMethod: 'BEARER' };
  const dialog = new MailDialog(context, () => identity, tls ? 'HTTPS' : 'HTTP');
  dialog.hello(address.includes(':') ? `[IPv6:${address}]` : `[${address}]`, true);
  return {
    mail: (sender, parameters) => sayMail(dialog, sender, parameters),
    rcpt: (recipient, parameters) => sayRcpt(dialog, recipient, parameters),
    refuse: (stage, reply) => dialog.refuse(stage, reply),
    data(remember) {
      const incoming = dialog.data();
      return typeof incoming === 'string' ? incoming : receive({ ...incoming, remember }, dialog, context);
    },
    end: () => dialog.reset(),
  };
}

/** MAIL with an address that was not said in SMTP. What would end its path early would be read as parameters. */
export function sayMail(dialog: MailDialog, sender: string, parameters: string): string {
  if (!fitsPath(sender)) return dialog.refuse('MAIL', '501 5.5.4 Syntax: MAIL FROM:<address>');
  // It came from this machine, or through a proxy that the operator has put there.
  const takesRequireTls = dialog.requireTls ? 'offered' : 'none';
  return dialog.mail(`MAIL FROM:<${sender}> ${parameters}`, { takesRequireTls });
}

/** RCPT, likewise. */
export function sayRcpt(dialog: MailDialog, recipient: string, parameters: string): string {
  if (!fitsPath(recipient)) return dialog.refuse('RCPT', '501 5.5.4 Syntax: RCPT TO:<address>');
  return dialog.rcpt(`RCPT TO:<${recipient}> ${parameters}`);
}

export function receive(
  incoming: IncomingMessage,
  dialog: MailDialog,
  { ports, underWay }: IntakeContext,
): DoorContent {
  const { queueId, content } = incoming;
  const stuffer = new DotStuffer();
  const answer = acceptMessage(incoming, ports.accept, ports.log);
  underWay.add(answer);
  void answer.then(() => underWay.delete(answer));
  return {
    queueId,
    push: (octets) =>
      new Promise((resolve) => {
        content.feed(stuffer.stuff(octets));
        content.chunks.whenRoom(resolve);
      }),
    refused: () => content.refusal !== undefined,
    async finish(): Promise<DoorResult> {
      content.feed(Buffer.from(stuffer.end()));
      const reply = (await answer) ?? '451 4.3.0 Error: internal error';
      if (reply === takenReply) {
        dialog.reset();
        return { kind: 'known' };
      }
      dialog.dataEnded(reply);
      return reply.startsWith('2')
        ? { kind: 'accepted', messageId: content.summary.messageId }
        : { kind: 'refused', reply };
    },
    abort: () => content.abort('the client is gone'),
  };
}
