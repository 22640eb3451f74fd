import type { Envelope, Recipient } from '../core/mail/message.ts';
import type { MailCommand } from './mail-command.ts';

/** A mail transaction from MAIL FROM on (RFC 5321 §3.3). */
export class Transaction {
  readonly mail: MailCommand;
  /** Epoch milliseconds of the MAIL FROM. */
  readonly arrivedAt: number;
  /** Given with the first recipient. */
  queueId: string | undefined;
  readonly #recipients = new Map<string, Recipient>();

  constructor(mail: MailCommand, arrivedAt: number) {
    this.mail = mail;
    this.arrivedAt = arrivedAt;
  }

  /** Takes a recipient in; the same one with the same parameters counts once. False if it would be one too many. */
  add(recipient: Recipient, limit: number): boolean {
    const key = JSON.stringify([recipient.address, recipient.notify, recipient.orcpt]);
    if (this.#recipients.size >= limit && !this.#recipients.has(key)) return false;
    this.#recipients.set(key, recipient);
    return true;
  }

  get envelope(): Envelope {
    const { sender, body, smtpUtf8, ret, envid } = this.mail;
    const recipients = [...this.#recipients.values()];
    return { sender, recipients, body, smtpUtf8, ...(ret && { ret }), ...(envid !== undefined && { envid }) };
  }
}
