import type { Client } from '../core/mail/message.ts';
import { MemoryShare } from '../core/memory-budget.ts';
import { formatDate, neuterName, protocolWord, receivedField } from '../core/mail/received.ts';
import { Content } from './content.ts';
import type { House } from './house.ts';
import { type Peer, queued, rejected } from './log-lines.ts';
import { parseMailCommand } from '../core/intake/mail-command.ts';
import { parseRcptCommand } from '../core/intake/rcpt-command.ts';
import { type Incoming, noRoomReply, storeReply } from './take-over.ts';
import { Transaction } from './transaction.ts';

/** RFC 5321 §4.5.3.1.2. */
const longestHelo = 255;

/** What a client has said so far, and what it is answered: the mail part of a session, without its octets. */
export class MailDialog {
  readonly #house: House;
  readonly #peer: Peer;
  #helo = '';
  #extended = false;
  #transaction: Transaction | undefined;

  constructor(house: House, peer: Peer) {
    this.#house = house;
    this.#peer = peer;
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
  }

  /** Reply to a MAIL command line. */
  mail(line: string): string {
    if (this.#transaction) return '503 5.5.1 Error: nested MAIL command';
    const mail = parseMailCommand(line, this.#house.options.messageSizeLimitBytes);
    if (mail.kind === 'refused') return this.#reject('MAIL', mail.reply);
    const { door, ports } = this.#house;
    const full = ports.storeRefusal?.();
    const refusal = door.message(this.#peer) ?? (full && storeReply(full));
    if (refusal !== undefined) return this.#reject('MAIL', refusal);
    this.#transaction = new Transaction(mail, ports.now(), new MemoryShare(this.#house.memory));
    return '250 2.1.0 Ok';
  }

  /** Reply to a RCPT command line. */
  rcpt(line: string): string {
    const transaction = this.#transaction;
    const { options, ports, door } = this.#house;
    if (transaction === undefined) return '503 5.5.1 Error: need MAIL command';
    const rcpt = parseRcptCommand(line, { smtpUtf8: transaction.mail.smtpUtf8, hostname: options.hostname });
    if (rcpt.kind === 'refused') return this.#reject('RCPT', rcpt.reply);
    const { recipient } = rcpt;
    const { address } = recipient;
    if (!door.mayRelay(this.#peer.address))
      return this.#reject('RCPT', `554 5.7.1 <${address}>: Relay access denied`, address);
    const refusal = door.recipient(this.#peer);
    if (refusal !== undefined) return this.#reject('RCPT', refusal, address);
    const added = transaction.add(recipient, options.recipientLimit);
    if (added === 'too many') return this.#reject('RCPT', '452 4.5.3 Error: too many recipients', address);
    if (added === 'no room') return this.#reject('RCPT', noRoomReply, address);
    if (transaction.queueId === undefined) {
      transaction.queueId = ports.newQueueId();
      ports.log(queued(transaction.queueId, this.#peer));
    }
    return '250 2.1.5 Ok';
  }

  /** The message that DATA begins, or the reply that refuses it. */
  data(): Incoming | string {
    if (this.#transaction === undefined) return '503 5.5.1 Error: need RCPT command';
    const { queueId, envelope, arrivedAt, mail, share } = this.#transaction;
    if (queueId === undefined) return this.#reject('DATA', '554 5.5.1 Error: no valid recipients');
    const { options, ports } = this.#house;
    const transmission = {
      extended: this.#extended,
      tls: false,
      authenticated: false,
      smtpUtf8: mail.smtpUtf8,
    };
    const client: Client = { ...this.#peer, helo: this.#helo, protocol: protocolWord(transmission) };
    const date = localDate(ports.now());
    const received = receivedField({ ...envelope, client, hostname: options.hostname, queueId, date });
    const own = { received, date, messageId: `<${queueId}@${options.hostname}>` };
    const content = new Content(own, options, share);
    const { declaredSizeBytes } = mail;
    const announced = declaredSizeBytes === undefined ? {} : { declaredSizeBytes };
    return { queueId, envelope, client, arrivedAt, content, ...announced };
  }

  /** The message is over; tells the operator if it was refused. @param reply to the end of DATA, if the client gets one */
  dataEnded(reply: string | undefined): void {
    const recipients = this.#transaction?.envelope.recipients ?? [];
    if (reply !== undefined && !reply.startsWith('2')) {
      this.#reject('END-OF-MESSAGE', reply, recipients.length === 1 ? recipients[0]?.address : undefined);
    }
    this.reset();
  }

  /** Logs the refusal of a command that cannot even be read, and gives it back. */
  refuse(stage: string, reply: string): string {
    return this.#reject(stage, reply);
  }

  #reject(stage: string, reply: string, recipient?: string): string {
    const { queueId, mail } = this.#transaction ?? {};
    const protocol = this.#extended ? 'ESMTP' : 'SMTP';
    const said = { sender: mail?.sender, recipient, protocol, helo: this.#helo };
    this.#house.ports.log(rejected(this.#peer, { queueId, stage, reply, ...said }));
    return reply;
  }
}

function localDate(at: number): string {
  return formatDate(at, -new Date(at).getTimezoneOffset());
}
