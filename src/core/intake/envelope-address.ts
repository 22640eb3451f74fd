import { isDotString, isLocalPart, parseMailbox, plainLocalPart, printMailbox } from '../mail/address.ts';
import { type AddressToken, type ListedAddress, readAddressList } from '../mail/address-list.ts';
import { canBeCompleted, hasFinalDot } from '../mail/complete-addresses.ts';

/** The address of a MAIL or RCPT command. */
export interface EnvelopeAddress {
  /** Mailbox without angle brackets; the domain in A-labels or an address literal. */
  readonly address: string;
  /** The same with the domain as it was written, if that is something else. */
  readonly written?: string;
  /** What was written, if it was completed, or lost the dot at its end. */
  readonly original?: string;
}

/** Nearly every address: words with dots between them, nothing of which can be read in another way. */
const plain = /^[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*@[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/;

/**
 * Reads what stands in a path, as liberally as Postfix: blanks, comments and a display name are passed over, a dot at the
 * end of the domain too, and a local part that has to be quoted is quoted.
 *
 * @param path without its outer brackets
 * @param origin completes an address without a domain; if absent, there is none
 * @returns `unqualified` for a local part alone that is not completed, undefined for what is no address
 */
export function readEnvelopeAddress(
  path: string,
  origin: string | undefined,
): EnvelopeAddress | 'unqualified' | undefined {
  if (plain.test(path)) return parseMailbox(path) && { address: path };
  const [found, second] = readAddressList(`<${path}>`) ?? [];
  if (found === undefined || second !== undefined || !found.isClean) return undefined;
  const local = localPart(found.local);
  if (local === undefined) return undefined;
  if (found.domain === undefined) {
    if (!isLocalPart(local)) return undefined;
    if (origin === undefined || !canBeCompleted(found.local)) return 'unqualified';
  }
  const written = `${local}@${domainText(found) ?? origin}`;
  const mailbox = parseMailbox(written);
  if (mailbox === undefined) return undefined;
  const address = printMailbox(mailbox);
  return { address, ...(written !== address && { written }), ...originalOf(found, local, written) };
}

/** The words of a local part in the form in which they are sent; undefined if they are not one. */
function localPart(tokens: readonly AddressToken[]): string | undefined {
  const [first] = tokens;
  if (first === undefined || haveWordsSideBySide(tokens)) return undefined;
  if (tokens.length === 1 && first.kind === 'quoted') return plainLocalPart(first.text);
  if (tokens.some(({ kind }) => kind === 'literal')) return undefined;
  const meant = tokens.map(meaning).join('');
  // RFC 5321 §4.1.2: what is no Dot-string is said as a Quoted-string.
  return isDotString(meant) ? meant : `"${meant.replace(/["\\]/g, '\\$&')}"`;
}

/** What a word stands for, without quotes and backslashes. */
function meaning({ kind, text }: AddressToken): string {
  const inner = kind === 'quoted' ? text.slice(1, -1) : text;
  return kind === 'special' ? text : inner.replace(/\\(.)/gsu, '$1');
}

function originalOf(found: ListedAddress, local: string, written: string): Pick<EnvelopeAddress, 'original'> {
  if (found.domain === undefined) return { original: local };
  return hasFinalDot(found) ? { original: `${written}.` } : {};
}

function domainText(address: ListedAddress): string | undefined {
  const { domain } = address;
  if (domain === undefined) return undefined;
  const tokens = hasFinalDot(address) ? domain.slice(0, -1) : domain;
  // An empty domain is none.
  return haveWordsSideBySide(tokens) ? '' : tokens.map(({ text }) => text).join('');
}

function haveWordsSideBySide(tokens: readonly AddressToken[]): boolean {
  return tokens.some(
    ({ kind }, index) => kind !== 'special' && index > 0 && tokens[index - 1]?.kind !== 'special',
  );
}
