import type { Envelope, Recipient } from '../mail/message.ts';
import type { Capabilities } from '../smtp/capabilities.ts';
import { hasInternationalAddress, isSafePath, mailCommand, rcptCommand } from '../smtp/commands.ts';

/** What a server with all extensions is told; whoever speaks to another one leaves out what that does not know. */
const everything: Capabilities = {
  name: '',
  startTls: false,
  pipelining: true,
  size: false,
  eightBitMime: true,
  smtpUtf8: true,
  dsn: true,
};

/** Whether SMTP can name this address: what it cannot name, no mail system can take. */
export function isSpeakable({ address }: Pick<Recipient, 'address'>): boolean {
  return address !== '' && isSafePath(address);
}

/** As `isSpeakable`, of a sender, who may be nobody. */
export function isSpeakableSender({ sender }: Pick<Envelope, 'sender'>): boolean {
  return isSafePath(sender);
}

/** `MAIL FROM:<…>` with all that the client said, without a line end. */
export function mailLine(envelope: Envelope): string {
  const transaction = { ...envelope, size: 0, content: () => [] };
  const smtpUtf8 = envelope.smtpUtf8 || hasInternationalAddress(transaction);
  return mailCommand(transaction, everything, smtpUtf8).trimEnd();
}

/** `RCPT TO:<…>` with all that the client said, without a line end. */
export function rcptLine(recipient: Recipient): string {
  return rcptCommand(recipient, everything).trimEnd();
}
