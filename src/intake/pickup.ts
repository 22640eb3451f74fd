import { setImmediate } from 'node:timers/promises';
import { localClient } from '../core/intake/client-identity.ts';
import { isAscii } from '../core/mail/address.ts';
import { isQueueTrouble } from '../core/mail/queue-trouble.ts';
import type { Recipient } from '../core/mail/message.ts';
import { encodeXtext } from '../core/mail/xtext.ts';
import type { DroppedMail } from '../core/sendmail/dropped-mail.ts';
import type { IncomingMessage } from './accept-message.ts';
import { receive, sayMail, sayRcpt } from './door.ts';
import type { IntakeContext } from './intake-context.ts';
import { bug, pickedUp, storeTrouble } from './log-lines.ts';
import type { IntakePorts } from './intake-options.ts';
import { MailDialog } from './mail-dialog.ts';
import { logReturned, tellSender, type Refusal, type RefusedMessage, type ToldOf } from './return-refused.ts';
import type { Returning } from './returning.ts';
import { storeReply } from './store-reply.ts';
import type { Accept } from './submission.ts';

/** A message of the maildrop. */
export interface DroppedMessage {
  /** Of its file. */
  readonly name: string;
  /** The user whose file it is. */
  readonly uid: number;
  readonly mail: DroppedMail;
  /** What it yields is nobody else's. Throws if it cannot be read. */
  readonly content: () => AsyncIterable<Buffer>;
  /** Somebody waits for the reply, and can still be told that the message is refused. */
  readonly isAwaited: boolean;
}

/** Local programs name as many recipients as they like: no client tries again with the others. */
const mostRecipients = 100_000;
/** So many are read before others get their turn. */
const recipientsAtOnce = 200;

const takenBefore = '250 2.0.0 Ok: in the queue already';

/**
 * Takes a message of the maildrop as if its user had handed it over by SMTP, with the same rules; once, however often it is
 * called. Resolves to the reply, the first that is not 2yz or that to the end of DATA. Never rejects.
 *
 * If nobody waits for the reply, recipients that are refused do not keep it from the others, and its sender gets a report
 * about them (RFC 3464), which is stored in one step with the message. The reply is 5yz then only if no recipient gets the
 * message and nobody can be told.
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
  const returning = dropped.isAwaited ? undefined : ports.returning;
  const refusals: Refusal[] = [];
  try {
    const first = beginMail(mail, dialog);
    // With a sender that is none, nobody is known to whom it could be returned.
    if (!first.startsWith('2')) return first;
    const incoming = await begin(mail.recipients, dialog, returning && refusals);
    const { envelope } = dialog;
    const queueId = typeof incoming === 'string' ? ports.newQueueId() : incoming.queueId;
    const refused = {
      queueId,
      envelope,
      arrivedAt: ports.now(),
      size: mail.contentBytes,
      content: dropped.content,
    };
    if (typeof incoming === 'string') {
      dialog.reset();
      if (returning === undefined || refusals.length < mail.recipients.length) return incoming;
      ports.log(pickedUp(queueId, uid, mail.sender));
      return await giveBack({ refused, refusals, name, returning, ports });
    }
    const isPartial = returning !== undefined && refusals.length > 0;
    const told = isPartial ? await tellSender(refused, refusals, returning) : undefined;
    const reply = await handOver(incoming, { dropped, context, dialog, told });
    if (returning === undefined || !reply.startsWith('5')) return reply;
    for (const recipient of incoming.envelope.recipients) refusals.push({ recipient, reply });
    return await giveBack({ refused, refusals, name, returning, ports });
  } catch (error) {
    ports.log(bug(name, error));
    return '451 4.3.0 Error: internal error';
  }
}

interface HandOver {
  readonly dropped: DroppedMessage;
  readonly context: IntakeContext;
  readonly dialog: MailDialog;
  /** What is told of recipients that do not get it. */
  readonly told: ToldOf | undefined;
}

/** Resolves to the reply to the end of DATA. */
async function handOver(
  incoming: IncomingMessage,
  { dropped, context, dialog, told }: HandOver,
): Promise<string> {
  const { ports } = context;
  let wasTaken = false;
  const accept: Accept = async (submission) => {
    try {
      return await ports.accept(submission);
    } catch (error) {
      if (!isTaken(error)) throw error;
      wasTaken = true;
      return submission.message();
    }
  };
  const once = { ...context, ports: { ...ports, accept } };
  const reports = told === undefined ? {} : { reports: told.reports };
  const content = receive({ ...incoming, ...reports, takenOnce: dropped.name }, dialog, once);
  try {
    for await (const octets of dropped.content()) {
      if (content.refused()) break;
      await content.push(octets);
    }
  } catch {
    content.abort();
  }
  const result = await content.finish();
  if (result.kind === 'refused') return result.reply;
  if (wasTaken) return takenBefore;
  if (told !== undefined) logReturned(told, false, ports.log);
  return `250 2.0.0 Ok: queued as ${incoming.queueId}`;
}

interface GiveBack {
  readonly refused: RefusedMessage;
  readonly refusals: readonly Refusal[];
  /** Of the file. */
  readonly name: string;
  readonly returning: Returning;
  readonly ports: Pick<IntakePorts, 'log'>;
}

/** Tells the sender that no recipient gets the message. Resolves to the first refusal if there is nobody to tell. */
async function giveBack({ refused, refusals, name, returning, ports }: GiveBack): Promise<string> {
  const told = await tellSender(refused, refusals, returning);
  if (told.reports.length === 0) return refusals[0]?.reply ?? '';
  try {
    await returning.store(told.reports, name);
  } catch (error) {
    if (isTaken(error)) return takenBefore;
    if (!isQueueTrouble(error)) throw error;
    ports.log(storeTrouble(refused.queueId, error));
    return storeReply(error);
  }
  logReturned(told, true, ports.log);
  return '250 2.0.0 Ok: returned to its sender';
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'QUEUE_TAKEN';
}

/** The reply to MAIL. */
function beginMail(
  { sender, recipients, body, ret, envid, requireTls }: DroppedMail,
  dialog: MailDialog,
): string {
  const isUtf8 = [sender, ...recipients.map(({ address }) => address)].some((one) => !isAscii(one));
  const parameters = [
    `BODY=${body}`,
    ...(isUtf8 ? ['SMTPUTF8'] : []),
    ...(ret === undefined ? [] : [`RET=${ret}`]),
    ...(envid === undefined ? [] : [`ENVID=${encodeXtext(envid)}`]),
    ...(requireTls ? ['REQUIRETLS'] : []),
  ];
  return sayMail(dialog, sender, parameters.join(' '));
}

/**
 * The dialog from RCPT to DATA.
 *
 * @param refusals is filled with the recipients that are refused for good; if absent, one of them ends the dialog
 * @returns the reply that ends the dialog, or the message that begins
 */
async function begin(
  recipients: readonly Recipient[],
  dialog: MailDialog,
  refusals: Refusal[] | undefined,
): Promise<IncomingMessage | string> {
  for (const [index, recipient] of recipients.entries()) {
    if (index % recipientsAtOnce === recipientsAtOnce - 1) await setImmediate();
    const reply = sayRcpt(dialog, recipient.address, parametersOf(recipient));
    if (reply.startsWith('2')) continue;
    if (refusals === undefined || !reply.startsWith('5')) return reply;
    refusals.push({ recipient, reply });
  }
  const [only] = refusals?.length === recipients.length ? refusals : [];
  return only?.reply ?? dialog.data();
}

function parametersOf({ notify, orcpt }: Recipient): string {
  const type = orcpt?.slice(0, orcpt.indexOf(';') + 1) ?? '';
  const original = orcpt === undefined ? '' : ` ORCPT=${type}${encodeXtext(orcpt.slice(type.length))}`;
  return `${notify === undefined ? '' : ` NOTIFY=${notify.join(',')}`}${original}`;
}
