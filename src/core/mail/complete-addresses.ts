import {
  type AddressToken,
  areAllComplete,
  isOneLocalPart,
  type ListedAddress,
  readAddressList,
} from './address-list.ts';

/** Header fields with addresses in them, which Postfix completes too. */
export const addressFields: ReadonlySet<string> = new Set([
  'apparently-to',
  'bcc',
  'cc',
  'disposition-notification-to',
  'errors-to',
  'from',
  'mail-followup-to',
  'reply-to',
  'resent-bcc',
  'resent-cc',
  'resent-from',
  'resent-reply-to',
  'resent-sender',
  'resent-to',
  'return-receipt-to',
  'sender',
  'to',
]);

/** Those of them that say who a message is from: `sender_canonical_maps` changes them (`header_sender` of Postfix). */
export const senderFields: ReadonlySet<string> = new Set([
  'disposition-notification-to',
  'errors-to',
  'from',
  'mail-followup-to',
  'reply-to',
  'resent-from',
  'resent-reply-to',
  'resent-sender',
  'return-receipt-to',
  'sender',
]);

const printable = /^[!-~]+$/;
/** Without %, ! and the backslash: the first two named a domain long ago, the last would quote the @. */
const plainAtom = /^["-$&-[\]-~]+$/;
const plainQuoted = /^[ -~]+$/;

/**
 * Adds `@origin` to the addresses of a field body that have no domain, and takes the dot off the end of those that have a
 * domain with one. Everything else stays as it is, octet for octet; a text that is no list of addresses stays whole.
 *
 * @param body a character for each octet
 */
export function completeAddresses(body: string, origin: string): string {
  if (areAllComplete(body)) return body;
  const addresses = readAddressList(body);
  if (addresses === undefined) return body;
  const parts: string[] = [];
  let copied = 0;
  for (const address of addresses) {
    const last = address.domain?.at(-1) ?? address.local.at(-1);
    if (last === undefined || !address.isClean) continue;
    if (hasFinalDot(address)) {
      parts.push(body.slice(copied, last.start));
      copied = last.end;
    } else if (address.domain === undefined && canBeCompleted(address.local)) {
      parts.push(body.slice(copied, last.end), '@', origin);
      copied = last.end;
    }
  }
  return copied === 0 ? body : parts.join('') + body.slice(copied);
}

/**
 * Puts other addresses in the place of those of a field body. Display names, comments and blanks stay as they are; so does
 * an address with blanks or comments in it.
 *
 * @param body a character for each octet
 * @param replace another address for an address, or the same
 */
export function replaceAddresses(body: string, replace: (address: string) => string): string {
  let replaced = '';
  let copied = 0;
  for (const { local, domain = [], isClean } of readAddressList(body) ?? []) {
    const [start, end] = [local.at(0)?.start, domain.at(-1)?.end];
    if (start === undefined || end === undefined || !isClean) continue;
    const address = body.slice(start, end);
    const other = printable.test(address) ? replace(address) : address;
    if (other === address || !printable.test(other)) continue;
    replaced += body.slice(copied, start) + other;
    copied = end;
  }
  return copied === 0 ? body : replaced + body.slice(copied);
}

/** Whether a domain ends with one dot. */
export function hasFinalDot({ domain = [] }: Pick<ListedAddress, 'domain'>): boolean {
  return domain.at(-1)?.text === '.' && domain.at(-2)?.kind === 'atom';
}

/** Whether words without a domain are the local part of a mailbox of the origin. */
export function canBeCompleted(local: readonly AddressToken[]): boolean {
  return isOneLocalPart(local) && local.some(({ kind }) => kind !== 'special') && local.every(isPlain);
}

function isPlain({ kind, text }: AddressToken): boolean {
  if (kind === 'special') return true;
  if (kind === 'quoted') return plainQuoted.test(text);
  // RFC 2047 §2: an encoded word is no part of an address.
  return plainAtom.test(text) && !(text.startsWith('=?') && text.endsWith('?='));
}
