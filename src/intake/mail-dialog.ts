import type { ClientIdentity, ClientTls } from '../core/intake/client-identity.ts';
import type { Origin } from '../core/intake/xforward-command.ts';
import type { Client, Envelope } from '../core/mail/message.ts';
import { displayName } from '../core/mail/display-name.ts';
import { MemoryShare } from '../core/memory-budget.ts';
import {
  formatDate,
  neuterName,
  pickupReceivedField,
  protocolWord,
  receivedField,
  type TraceTls,
} from '../core/mail/received.ts';
import { tlsDetails, tlsFacts } from '../core/smtp/tls-summary.ts';
import { parseMailCommand, type MailContext } from '../core/intake/mail-command.ts';
import { parseRcptCommand } from '../core/intake/rcpt-command.ts';
import { domainOf } from '../core/mail/address.ts';
import { expandedRecipients, rewrittenEnvelope } from '../core/rewrite/envelope.ts';
import { noRoomReply, storeReply } from './store-reply.ts';
import { Content } from './content.ts';
import type { IntakeContext } from './intake-context.ts';
import type { AddressRewriting } from './intake-options.ts';
import { pickedUp, queued, rejected } from './log-lines.ts';
import type { IncomingMessage } from './accept-message.ts';
import { ClientTransaction } from './client-transaction.ts';

/** Every address stands for itself. */
const unchanged: AddressRewriting = { expand: (address) => [address] };

/** RFC 5321 §4.5.3.1.2. */
const longestHelo = 255;

/** The replies to HELO, MAIL, RCPT and DATA: what a client has said so far, and what it may say next. */
export class MailDialog {
  readonly #context: IntakeContext;
  readonly #identity: () => ClientIdentity;
  readonly #protocol: string | undefined;
  #helo = '';
  #extended = false;
  #transaction: ClientTransaction | undefined;
  #origin: Origin | undefined;

  /**
   * @param identity who the client is now
   * @param protocol what it speaks if that is not SMTP, for log and trace
   */
  constructor(context: IntakeContext, identity: () => ClientIdentity, protocol?: string) {
    this.#context = context;
    this.#identity = identity;
    this.#protocol = protocol;
  }

  get #client(): ClientIdentity {
    return this.#identity();
  }

  /** A transaction has begun. */
  get isOpen(): boolean {
    return this.#transaction !== undefined;
  }

  /** Where the next message came from before it was at the client (XFORWARD). */
  get origin(): Origin | undefined {
    return this.#origin;
  }

  comesFrom(origin: Origin): void {
    this.#origin = origin;
  }

  /** STARTTLS (RFC 3207 §4.2) or XCLIENT: nothing that the client has said counts any more. */
  forget(): void {
    this.#helo = '';
    this.#extended = false;
    this.reset();
  }

  /** HELO or EHLO; ends the transaction (RFC 5321 §4.1.4). @param name as the client gave it */
  hello(name: string, extended: boolean): void {
    this.#helo = neuterName(name).slice(0, longestHelo);
    this.#extended = extended;
    this.reset();
  }

  /** RSET, or the end of a message. */
  reset(): void {
    this.#transaction?.share.release();
    this.#transaction = undefined;
    this.#origin = undefined;
  }

  /** The client has said HELO or EHLO. */
  get isGreeted(): boolean {
    return this.#helo !== '';
  }

  /** The operator lets clients say that a message requires TLS. */
  get requireTls(): boolean {
    return this.#context.options.requiretlsEnable;
  }

  /** Reply to a MAIL command line. @param takes the parameters that it may have here */
  mail(line: string, takes: Pick<MailContext, 'takesAuth' | 'takesRequireTls'> = {}): string {
    if (this.#transaction) return '503 5.5.1 Error: nested MAIL command';
    const { messageSizeLimitBytes } = this.#context.options;
    const appendOrigin = this.#appendOrigin;
    const mail = parseMailCommand(line, { messageSizeLimitBytes, appendOrigin, ...takes });
    if (mail.kind === 'refused') return this.#reject('MAIL', mail.reply);
    const { admission, ports } = this.#context;
    const full = ports.storeRefusal?.();
    const refusal = admission.message(this.#client, domainOf(mail.sender)) ?? (full && storeReply(full));
    if (refusal !== undefined) return this.#reject('MAIL', refusal);
    this.#transaction = new ClientTransaction(mail, ports.now(), new MemoryShare(this.#context.memory));
    return '250 2.1.0 Ok';
  }

  /** Reply to a RCPT command line. */
  rcpt(line: string): string {
    const transaction = this.#transaction;
    const { options, ports, admission } = this.#context;
    if (transaction === undefined) return '503 5.5.1 Error: need MAIL command';
    const { smtpUtf8 } = transaction.mail;
    const rcpt = parseRcptCommand(line, {
      smtpUtf8,
      hostname: options.hostname,
      appendOrigin: this.#appendOrigin,
    });
    if (rcpt.kind === 'refused') return this.#reject('RCPT', rcpt.reply);
    const { recipient } = rcpt;
    const { address, written = address } = recipient;
    const { user } = this.#client;
    const notTheirs = ports.senderRefusal?.({ sender: transaction.mail.sender, user });
    if (notTheirs !== undefined) return this.#reject('RCPT', notTheirs, written);
    if (!admission.mayRelay(this.#client))
      return this.#reject('RCPT', `554 5.7.1 <${address}>: Relay access denied`, written);
    const refusal = admission.recipient(this.#client, domainOf(transaction.mail.sender));
    if (refusal !== undefined) return this.#reject('RCPT', refusal, written);
    const recipients = expandedRecipients(recipient, this.#rewriting.expand);
    if (recipients === 'endless')
      return this.#reject('RCPT', `451 4.6.0 <${address}>: Alias expansion error`, written);
    const added = transaction.add(address, recipients, options.recipientLimit);
    if (added === 'too many') return this.#reject('RCPT', '452 4.5.3 Error: too many recipients', written);
    if (added === 'no room') return this.#reject('RCPT', noRoomReply, written);
    if (transaction.queueId === undefined) {
      transaction.queueId = ports.newQueueId();
      const { program } = this.#client;
      if (program === undefined) ports.log(queued(transaction.queueId, this.#client, this.#origin));
      else ports.log(pickedUp(transaction.queueId, program.uid, program.sender));
    }
    return '250 2.1.5 Ok';
  }

  /** What the client has said of the message so far, with the canonical sender. Throws before MAIL. */
  get envelope(): Envelope {
    if (this.#transaction === undefined) throw new Error('no MAIL command');
    const { canonicalSender } = this.#rewriting;
    return rewrittenEnvelope(this.#transaction.envelope, { canonicalSender, alwaysBcc: '' });
  }

  /** Reply to DATA if it is refused, else the message that begins. */
  data(): IncomingMessage | string {
    if (this.#transaction === undefined) return '503 5.5.1 Error: need RCPT command';
    const { queueId, arrivedAt, mail, share, onlyNamed } = this.#transaction;
    if (queueId === undefined) return this.#reject('DATA', '554 5.5.1 Error: no valid recipients');
    const { options, ports, admission } = this.#context;
    const { canonicalSender } = this.#rewriting;
    const { alwaysBcc } = options;
    const envelope = rewrittenEnvelope(this.#transaction.envelope, { canonicalSender, alwaysBcc });
    const transmission = {
      extended: this.#extended,
      tls: this.#client.tls !== undefined,
      authenticated: this.#client.user !== undefined,
      smtpUtf8: mail.smtpUtf8,
    };
    const { name, address } = this.#client;
    const client: Client = {
      name,
      address,
      helo: this.#helo,
      protocol: this.#protocol ?? protocolWord(transmission),
    };
    const date = dateNow(ports.now());
    const tls = traceTls(this.#client.tls);
    const trace = {
      hostname: options.hostname,
      queueId,
      recipients: onlyNamed === undefined ? [] : [{ address: onlyNamed }],
      date,
    };
    const { program } = this.#client;
    const received =
      program === undefined
        ? receivedField({ ...trace, client, hidesClient: this.#isHidden, ...(tls && { tls }) })
        : pickupReceivedField({ ...trace, uid: program.uid });
    const mayRelay = admission.mayRelay(this.#client);
    const appendOrigin = mayRelay ? options.appendOrigin : undefined;
    const author = envelope.sender || `MAILER-DAEMON@${appendOrigin ?? options.hostname}`;
    const fullName = envelope.sender === '' ? '' : displayName(program?.fullName ?? '');
    const from = fullName === '' ? author : `${fullName} <${author}>`;
    const own = { received, date, messageId: `<${queueId}@${options.hostname}>`, from };
    const { messageSizeLimitBytes, hopcountLimit, headerLimitBytes, messageDropHeaders } = options;
    const rules = {
      messageSizeLimitBytes,
      hopcountLimit,
      headerLimitBytes,
      messageDropHeaders,
      bareNewline: admission.bareNewline(this.#client),
      appendOrigin,
      canonicalSender: mayRelay ? canonicalSender : undefined,
    };
    const content = new Content(own, rules, share);
    const { declaredSizeBytes } = mail;
    const announced = declaredSizeBytes === undefined ? {} : { declaredSizeBytes };
    const ignoresTlsRequired = !options.tlsRequiredEnable;
    return { queueId, envelope, client, arrivedAt, content, ignoresTlsRequired, ...announced };
  }

  /** Ends the transaction, and logs a message that was refused. @param reply to the end of DATA, if there is one */
  dataEnded(reply: string | undefined): void {
    const recipients = this.#transaction?.envelope.recipients ?? [];
    if (reply !== undefined && !reply.startsWith('2')) {
      const [only] = recipients.length === 1 ? recipients : [];
      this.#reject('END-OF-MESSAGE', reply, only?.written ?? only?.address);
    }
    this.reset();
  }

  /** Logs the refusal of a command that cannot be read, and returns it. */
  refuse(stage: string, reply: string): string {
    return this.#reject(stage, reply);
  }

  /** Completes addresses of a client that may relay. What others mean by theirs is not known. */
  get #appendOrigin(): string | undefined {
    const { admission, options } = this.#context;
    return admission.mayRelay(this.#client) ? options.appendOrigin : undefined;
  }

  get #rewriting(): AddressRewriting {
    return this.#context.ports.rewriting ?? unchanged;
  }

  get #isHidden(): boolean {
    const { hideClient } = this.#context.options;
    return hideClient === 'always' || (hideClient === 'users' && this.#client.user !== undefined);
  }

  #reject(stage: string, reply: string, recipient?: string): string {
    const { queueId, mail } = this.#transaction ?? {};
    const protocol = this.#protocol ?? (this.#extended ? 'ESMTP' : 'SMTP');
    const said = { sender: mail?.senderWritten ?? mail?.sender, recipient, protocol, helo: this.#helo };
    this.#context.ports.log(rejected(this.#client, { queueId, stage, reply, ...said }));
    return reply;
  }
}

/** The date in local time, written once a second. */
function dates(): (at: number) => string {
  let second = 0;
  let date = '';
  return (at) => {
    const now = Math.floor(at / 1000);
    if (now !== second) {
      second = now;
      date = formatDate(at, -new Date(at).getTimezoneOffset());
    }
    return date;
  };
}

const dateNow = dates();

function traceTls(tls: ClientTls | undefined): TraceTls | undefined {
  if (tls === undefined) return undefined;
  const shown = tls.certificateFingerprint;
  const without =
    tls.askedForCertificate === true
      ? 'Client did not present a certificate'
      : 'No client certificate requested';
  const certificate = shown === undefined ? without : `Client certificate SHA-256 ${shown} (not verified)`;
  return { details: tlsDetails(tlsFacts(tls)), certificate };
}
