import { setImmediate } from 'node:timers/promises';
import { localClient } from '../core/intake/client-identity.ts';
import { isAscii } from '../core/mail/address.ts';
import type { Recipient } from '../core/mail/message.ts';
import { encodeXtext } from '../core/mail/xtext.ts';
import type { DroppedMail } from '../core/sendmail/dropped-mail.ts';
import type { IncomingMessage } from './accept-message.ts';
import { receive, sayMail, sayRcpt } from './door.ts';
import type { IntakeContext } from './intake-context.ts';
import { MailDialog } from './mail-dialog.ts';
import type { Accept } from './submission.ts';

/** A message of the maildrop. */
export interface DroppedMessage {
  /** Of its file. */
  readonly name: string;
  /** The user whose file it is. */
  readonly uid: number;
  readonly mail: DroppedMail;
  /** May be read once; what it yields is nobody else's. Throws if it cannot be read. */
  readonly content: AsyncIterable<Buffer>;
}

/** Local programs name as many recipients as they like: no client tries again with the others. */
const mostRecipients = 100_000;
/** So many are read before others get their turn. */
const recipientsAtOnce = 200;

/**
 * Takes a message of the maildrop as if its user had handed it over by SMTP, with the same rules; once, however often it is
 * called. Resolves to the reply, the first that is not 2yz or that to the end of DATA. Never rejects.
 */
export async function pickUp(dropped: DroppedMessage, context: IntakeContext): Promise<string> {
  const { options, ports } = context;
  const { mail, name, uid } = dropped;
  const identity = {
    ...localClient('maildrop'),
    program: { uid, sender: mail.sender, fullName: mail.fullName },
  };
  const recipientLimit = Math.max(options.recipientLimit, mostRecipients);
  const dialog = new MailDialog({ ...context, options: { ...options, recipientLimit } }, () => identity);
  dialog.hello('localhost', true);
  const incoming = await begin(mail, dialog);
  if (typeof incoming === 'string') {
    dialog.reset();
    return incoming;
  }
  let wasTaken = false;
  const accept: Accept = async (submission) => {
    try {
      return await ports.accept(submission);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'QUEUE_TAKEN')) throw error;
      wasTaken = true;
      return submission.message();
    }
  };
  const once = { ...context, ports: { ...ports, accept } };
  const content = receive({ ...incoming, takenOnce: name }, dialog, once);
  try {
    for await (const octets of dropped.content) {
      if (content.refused()) break;
      await content.push(octets);
    }
  } catch {
    content.abort();
  }
  const result = await content.finish();
  if (result.kind === 'refused') return result.reply;
  return `250 2.0.0 Ok: ${wasTaken ? 'in the queue already' : `queued as ${incoming.queueId}`}`;
}

/** The dialog up to DATA. @returns the first reply that is not 2yz, or the message that begins */
async function begin(mail: DroppedMail, dialog: MailDialog): Promise<IncomingMessage | string> {
  const { sender, recipients, body, ret, envid } = mail;
  const isUtf8 = [sender, ...recipients.map(({ address }) => address)].some((one) => !isAscii(one));
  const parameters = [
    `BODY=${body}`,
    ...(isUtf8 ? ['SMTPUTF8'] : []),
    ...(ret === undefined ? [] : [`RET=${ret}`]),
    ...(envid === undefined ? [] : [`ENVID=${encodeXtext(envid)}`]),
  ];
  const first = sayMail(dialog, sender, parameters.join(' '));
  if (!first.startsWith('2')) return first;
  for (const [index, recipient] of recipients.entries()) {
    if (index % recipientsAtOnce === recipientsAtOnce - 1) await setImmediate();
    const reply = sayRcpt(dialog, recipient.address, parametersOf(recipient));
    if (!reply.startsWith('2')) return reply;
  }
  return dialog.data();
}

function parametersOf({ notify, orcpt }: Recipient): string {
  const type = orcpt?.slice(0, orcpt.indexOf(';') + 1) ?? '';
  const original = orcpt === undefined ? '' : ` ORCPT=${type}${encodeXtext(orcpt.slice(type.length))}`;
  return `${notify === undefined ? '' : ` NOTIFY=${notify.join(',')}`}${original}`;
}
