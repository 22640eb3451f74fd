import type { DeliveryStatus, Trouble } from '../mail/status.ts';
import type { Capabilities } from './capabilities.ts';
import { isSafePath, mailCommand, needsSmtpUtf8, rcptCommand } from './commands.ts';
import type { Transaction } from './transaction.ts';
import { peerName, relayName, type Peer } from './verdict.ts';

/** What to say to a server about one transaction, or why there is nothing to say. */
export type EnvelopePlan =
  | { readonly kind: 'refused'; readonly status: Trouble }
  | {
      readonly kind: 'ask';
      /** Command lines with their CRLF. */
      readonly mail: string;
      readonly recipients: readonly { readonly index: number; readonly line: string }[];
      /** Recipients that no command can name, by their index. */
      readonly unspeakable: ReadonlyMap<number, DeliveryStatus>;
    };

/** Decides before anything is sent what the server's capabilities already decide. */
export function planEnvelope(transaction: Transaction, capabilities: Capabilities, peer: Peer): EnvelopePlan {
  const refuse = (dsn: string, reason: string, scope: 'message' | 'host'): EnvelopePlan => ({
    kind: 'refused',
    status: { outcome: 'bounced', dsn, reason, scope, relay: relayName(peer) },
  });
  if (!isSafePath(transaction.sender)) return refuse('5.1.7', 'bad sender address syntax', 'message');
  const { size } = capabilities;
  // RFC 1870 §6.1: a client that knows the message is too long need not ask.
  if (size !== false && size > 0 && transaction.size > size) {
    const reason = `message size ${transaction.size} exceeds size limit ${size} of server ${peerName(peer)}`;
    return refuse('5.3.4', reason, 'message');
  }
  const smtpUtf8 = needsSmtpUtf8(transaction);
  // RFC 6531 §3.2: such a message must not be sent to a server without the extension; another MX may have it.
  if (smtpUtf8 && !capabilities.smtpUtf8) {
    const reason =
      'message requires SMTPUTF8, but no server was found that supports SMTPUTF8. ' +
      `The last attempted server was ${peerName(peer)}`;
    return refuse('5.6.7', reason, 'host');
  }
  const unspeakable = new Map<number, DeliveryStatus>();
  const recipients: { index: number; line: string }[] = [];
  for (const [index, recipient] of transaction.recipients.entries()) {
    if (recipient.address !== '' && isSafePath(recipient.address)) {
      recipients.push({ index, line: rcptCommand(recipient, capabilities) });
    } else {
      unspeakable.set(index, {
        outcome: 'bounced',
        dsn: '5.1.3',
        reason: 'bad recipient address syntax',
        scope: 'recipient',
        relay: relayName(peer),
      });
    }
  }
  return { kind: 'ask', mail: mailCommand(transaction, capabilities, smtpUtf8), recipients, unspeakable };
}
