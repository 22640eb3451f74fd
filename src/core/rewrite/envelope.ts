import { isAscii } from '../mail/address.ts';
import type { Envelope, Recipient } from '../mail/message.ts';

/** The recipients that one recipient stands for, with the parameters that the client gave it; `endless` as expand(). */
export function expandedRecipients(
  recipient: Recipient,
  expand: (address: string) => readonly string[] | 'endless',
): readonly Recipient[] | 'endless' {
  const addresses = expand(recipient.address);
  if (addresses === 'endless') return addresses;
  const { address: named, written = named, original = written, notify, orcpt } = recipient;
  const parameters = { ...(notify && { notify }), ...(orcpt !== undefined && { orcpt }) };
  return addresses.map((address) => (address === named ? recipient : { address, original, ...parameters }));
}

export interface EnvelopeRules {
  /** Absent: each sender stays as it is. */
  readonly canonicalSender?: ((address: string) => string) | undefined;
  /** Mailbox that gets a copy; empty: none. */
  readonly alwaysBcc: string;
}

/** The envelope with the canonical sender, and the recipient of copies. */
export function rewrittenEnvelope(
  envelope: Envelope,
  { canonicalSender, alwaysBcc }: EnvelopeRules,
): Envelope {
  const sender = canonicalSender?.(envelope.sender) ?? envelope.sender;
  const isSame = sender === envelope.sender;
  const isCopied = alwaysBcc !== '' && envelope.recipients.every(({ address }) => address !== alwaysBcc);
  // RFC 3461 §4.1: the sender has not asked for it, and is not told what becomes of it.
  const copies: readonly Recipient[] = isCopied ? [{ address: alwaysBcc, notify: ['NEVER'] }] : [];
  const recipients = isCopied ? [...envelope.recipients, ...copies] : envelope.recipients;
  // RFC 6531 §3.2: the table may have brought an address that only SMTPUTF8 can carry.
  const smtpUtf8 =
    envelope.smtpUtf8 || !isAscii(sender) || recipients.some(({ address }) => !isAscii(address));
  if (isSame && !isCopied && smtpUtf8 === envelope.smtpUtf8) return envelope;
  const { senderWritten, ...rest } = envelope;
  return {
    ...rest,
    sender,
    ...(isSame && senderWritten !== undefined && { senderWritten }),
    recipients,
    smtpUtf8,
  };
}
