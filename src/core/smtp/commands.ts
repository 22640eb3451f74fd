import { hasUnsafeCharacter } from '../mail/address.ts';
import type { Notify, Recipient } from '../mail/message.ts';
import { encodeUnicodeAddress, encodeXtext } from '../mail/xtext.ts';
import type { Capabilities } from './capabilities.ts';
import type { Transaction } from './transaction.ts';

/** No control ends the command, no space starts a parameter, no angle bracket ends the path. */
const safePath = /^[!-;=?-~\u{80}-\u{10FFFF}]*$/u;
const nonAscii = /[^\p{ASCII}]/u;
/** RFC 3461 §4.2: an atom, a semicolon, and something after it. */
const typedAddress = /^([A-Za-z0-9-]+);(.+)$/s;

/**
 * True when an address can stand between the angle brackets of a command and be nothing but an address.
 * A quoted local part with a space is legal (RFC 5321 §4.1.2) but refused: lenient servers cut there.
 */
export function isSafePath(address: string): boolean {
  return safePath.test(address) && !hasUnsafeCharacter(address);
}

/** An address that only a server with SMTPUTF8 can be told (RFC 6531 §3.2). */
export function hasInternationalAddress({ sender, recipients }: Transaction): boolean {
  return nonAscii.test(sender) || recipients.some(({ address }) => nonAscii.test(address));
}

/** `MAIL FROM:<…>` with the parameters the server understands, CRLF included. The sender must be a safe path. */
export function mailCommand(transaction: Transaction, capabilities: Capabilities, smtpUtf8: boolean): string {
  let line = `MAIL FROM:<${transaction.sender}>`;
  // RFC 1870 §6.
  if (capabilities.size !== false) line += ` SIZE=${transaction.size}`;
  // RFC 6152 §3. 7BIT is what a server assumes; saying it of content nobody looked at would be a claim.
  if (capabilities.eightBitMime && transaction.body === '8BITMIME') line += ' BODY=8BITMIME';
  // RFC 6531 §3.4.
  if (capabilities.smtpUtf8 && smtpUtf8) line += ' SMTPUTF8';
  // RFC 4954 §5: the login is the relay's, and says nothing about the sender.
  if (capabilities.loggedIn === true) line += ' AUTH=<>';
  if (capabilities.dsn) {
    // RFC 3461 §4.3, §4.4.
    if (transaction.ret !== undefined) line += ` RET=${transaction.ret}`;
    if (transaction.envid !== undefined) line += ` ENVID=${encodeXtext(transaction.envid)}`;
  }
  // RFC 8689 §2.
  if (transaction.requireTls) line += ' REQUIRETLS';
  return `${line}\r\n`;
}

/** `RCPT TO:<…>` with the parameters the server understands, CRLF included. The recipient must be a safe path. */
export function rcptCommand(recipient: Recipient, capabilities: Capabilities): string {
  if (!capabilities.dsn) return `RCPT TO:<${recipient.address}>\r\n`;
  // RFC 3461 §5.2.1: a relay passes NOTIFY on as it was, and adds an ORCPT of its own where there was none.
  const notify = notifyParameter(recipient.notify);
  return `RCPT TO:<${recipient.address}>${notify} ORCPT=${originalRecipient(recipient)}\r\n`;
}

function notifyParameter(notify: readonly Notify[] | undefined): string {
  return notify === undefined || notify.length === 0 ? '' : ` NOTIFY=${notify.join(',')}`;
}

/** RFC 3461 §4.2: what the client named, whatever was made of it. */
function originalRecipient({ address, original = address, orcpt }: Recipient): string {
  const [, type, named] = typedAddress.exec(orcpt ?? '') ?? [];
  if (type !== undefined && named !== undefined) return `${type};${encodeAddress(named)}`;
  return `${nonAscii.test(original) ? 'utf-8' : 'rfc822'};${encodeAddress(original)}`;
}

/** RFC 6533 §3: an address outside ASCII in a form that any server takes. */
function encodeAddress(address: string): string {
  return nonAscii.test(address) ? encodeUnicodeAddress(address) : encodeXtext(address);
}
