import { createHash } from 'node:crypto';
import type { Envelope, Recipient } from '../core/mail/message.ts';
import type { MemoryShare } from '../core/memory-budget.ts';
import type { MailCommand } from '../core/intake/mail-command.ts';

/** Memory that a recipient takes besides its text, here and in the record of the message. */
const RECIPIENT_BYTES = 320;
/** A character takes up to two octets. */
const CHARACTER_BYTES = 2;

export type Added = 'added' | 'too many' | 'no room';

/** A mail transaction of a client, from MAIL FROM on (RFC 5321 §3.3). */
export class ClientTransaction {
  readonly mail: MailCommand;
  /** Epoch milliseconds of the MAIL FROM. */
  readonly arrivedAt: number;
  /** The memory that it takes, its content included. */
  readonly share: MemoryShare;
  /** Set when the first recipient is accepted. */
  queueId: string | undefined;
  readonly #recipients = new Map<string, Recipient>();
  /** RCPT commands that named somebody new. */
  #commands = 0;
  #firstNamed = '';

  constructor(mail: MailCommand, arrivedAt: number, share: MemoryShare) {
    this.mail = mail;
    this.arrivedAt = arrivedAt;
    this.share = share;
  }

  /**
   * Adds what one RCPT command has named unless there were `limit` of them. A recipient that is named twice with the same
   * parameters counts once.
   *
   * @param recipients those that it stands for; at least one
   */
  add(named: string, recipients: readonly Recipient[], limit: number): Added {
    const added = recipients.filter((recipient) => !this.#recipients.has(keyOf(recipient)));
    if (added.length === 0) return 'added';
    if (this.#commands >= limit) return 'too many';
    const bytes = added.reduce((sum, recipient) => sum + bytesOf(recipient), 0);
    if (!this.share.grow(bytes)) return 'no room';
    for (const one of added) {
      const recipient = detached(one);
      this.#recipients.set(keyOf(recipient), recipient);
    }
    this.#commands += 1;
    if (this.#commands === 1) this.#firstNamed = detachedText(named);
    return 'added';
  }

  /** The recipient that the client has named, if it is the only one. */
  get onlyNamed(): string | undefined {
    return this.#commands === 1 ? this.#firstNamed : undefined;
  }

  get envelope(): Envelope {
    const { sender, senderWritten, body, smtpUtf8, ret, envid, requireTls } = this.mail;
    const recipients = [...this.#recipients.values()];
    return {
      sender,
      ...(senderWritten !== undefined && { senderWritten }),
      recipients,
      body,
      smtpUtf8,
      ...(ret && { ret }),
      ...(envid !== undefined && { envid }),
      ...(requireTls && { requireTls }),
    };
  }
}

/** A copy: a slice of a command would keep the whole command in memory. */
function detachedText(text: string): string {
  return Buffer.from(text).toString();
}

function detached({ address, written, original, notify, orcpt }: Recipient): Recipient {
  return {
    address: detachedText(address),
    ...(written !== undefined && { written: detachedText(written) }),
    ...(original !== undefined && { original: detachedText(original) }),
    ...(notify && { notify }),
    ...(orcpt !== undefined && { orcpt: detachedText(orcpt) }),
  };
}

/** The address, or a digest if there are parameters: they may be long, and the map has them already. */
function keyOf({ address, notify, orcpt }: Recipient): string {
  if (notify === undefined && orcpt === undefined) return address;
  return createHash('sha256')
    .update(JSON.stringify([address, notify, orcpt]))
    .digest('base64');
}

function bytesOf({ address, written = '', original = '', orcpt = '' }: Recipient): number {
  const characters = address.length + written.length + original.length + orcpt.length;
  return RECIPIENT_BYTES + CHARACTER_BYTES * characters;
}
