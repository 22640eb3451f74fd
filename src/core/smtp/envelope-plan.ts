import type { DeliveryStatus, Trouble } from '../mail/status.ts';
import type { SevenBitPlan } from '../mime/seven-bit-plan.ts';
import type { Capabilities } from './capabilities.ts';
import { isSafePath, hasInternationalAddress, mailCommand, rcptCommand } from './commands.ts';
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
      /** How the content is to be written anew for a server that takes seven bits; absent: as it is. */
      readonly conversion?: SevenBitPlan;
    };

/**
 * Whether the content must be looked through before it is known what this server can be sent: one that takes seven bits
 * only, or no UTF-8 in headers where the client said that there may be some.
 */
export function needsScan({ smtpUtf8 }: Transaction, capabilities: Capabilities): boolean {
  return !takesEightBits(capabilities) || (smtpUtf8 && !capabilities.smtpUtf8);
}

/** RFC 6531 §3.1: a server with SMTPUTF8 has 8BITMIME, even if it forgets to say so. */
function takesEightBits({ eightBitMime, smtpUtf8 }: Capabilities): boolean {
  return eightBitMime || smtpUtf8;
}

/** Decides before anything is sent what the server's capabilities already decide. `scan` is of the content, where needed. */
export function planEnvelope(
  transaction: Transaction,
  capabilities: Capabilities,
  peer: Peer,
  scan: SevenBitPlan | undefined,
): EnvelopePlan {
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
  const international = hasInternationalAddress(transaction);
  const smtpUtf8 = transaction.smtpUtf8 || international;
  // RFC 6531 §3.2: such a message must not be sent to a server without the extension; another MX may have it. One that
  // could have needed it and does not is like any other.
  const needsSmtpUtf8 = international || (transaction.smtpUtf8 && scan?.internationalHeader !== false);
  if (needsSmtpUtf8 && !capabilities.smtpUtf8) {
    const reason =
      'message requires SMTPUTF8, but no server was found that supports SMTPUTF8. ' +
      `The last attempted server was ${peerName(peer)}`;
    return refuse('5.6.7', reason, 'host');
  }
  const eightBit = !takesEightBits(capabilities) && scan !== undefined && scan.encodings.size > 0;
  // RFC 6152 §3: it must be converted or not sent; another MX may take it as it is.
  if (eightBit && scan.obstacle !== undefined) {
    const reason =
      `message ${scan.obstacle} and cannot be converted to 7 bits, but no server was found that supports 8BITMIME. ` +
      `The last attempted server was ${peerName(peer)}`;
    return refuse('5.6.3', reason, 'host');
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
  const mail = mailCommand(transaction, capabilities, smtpUtf8);
  const plan = { kind: 'ask', mail, recipients, unspeakable } as const;
  return eightBit ? { ...plan, conversion: scan } : plan;
}
