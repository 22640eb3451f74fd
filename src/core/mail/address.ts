import { domainToASCII } from 'node:url';
import { canonicalAddress, familyOf, parseIpAddress } from '../dns/ip-address.ts';

/** A mailbox of RFC 5321 §4.1.2. */
export interface Mailbox {
  /** As written, quotes included; compared byte for byte (RFC 5321 §2.4). */
  readonly localPart: string;
  /** Lower-case A-labels, or an address literal with its brackets. */
  readonly domain: string;
}

/**
 * RFC 5321 §4.5.3.1, in octets. A path of 256 leaves 254 between its angle brackets. For local parts it demands 64 and asks
 * for no limit: senders that name the recipient in theirs (VERP) have longer ones.
 */
const longest = { localPart: 252, domain: 255, mailbox: 254, label: 63 };

/** Controls, separators, half surrogates, invisible formatting (ZWNJ and ZWJ aside, which words are written with), U+FFFD. */
const unsafe = /[\p{Cc}\p{Z}\p{Cs}\uFFFD]|(?![\u200C-\u200D])\p{Cf}/u;
/** RFC 5321 §4.1.2 Dot-string; RFC 6531 §3.3 adds UTF-8 to atext. */
const dotString =
  /^[\w!#$%&'*+/=?^`{|}~\u{80}-\u{10FFFF}-]+(?:\.[\w!#$%&'*+/=?^`{|}~\u{80}-\u{10FFFF}-]+)*$/u;
/** RFC 5321 §4.1.2 Quoted-string, without the angle brackets that would end a path early. */
const quotedString = /^"(?:[!#-;=?-[\]-~\u{80}-\u{10FFFF}]|\\[!-;=?-~])*"$/u;
/** Letters, digits, hyphens; the underscore is wrong but seen in mail domains. */
const asciiLabel = /^[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?$/;
/** What a U-label may hold: letters, marks, digits, joiners, the hyphen, and the four full stops of UTS 46. */
const internationalDomain = /^[\p{L}\p{M}\p{N}\u200C-\u200D._\u3002\uFF0E\uFF61-]+$/u;

/**
 * Reads a mailbox without angle brackets. Undefined if it is none, is too long, or holds control characters or
 * spaces (quoted or not). The null sender is no mailbox.
 */
export function parseMailbox(text: string): Mailbox | undefined {
  const at = text.lastIndexOf('@');
  const localPart = text.slice(0, Math.max(at, 0));
  if (at < 0 || !isLocalPart(localPart)) return undefined;
  const domain = parseDomain(text.slice(at + 1));
  if (domain === undefined) return undefined;
  return octets(localPart) + 1 + domain.length <= longest.mailbox ? { localPart, domain } : undefined;
}

export function printMailbox(mailbox: Mailbox): string {
  return `${mailbox.localPart}@${mailbox.domain}`;
}

/** Domain of an address that was parsed before; empty for the null sender. */
export function domainOf(address: string): string {
  const at = address.lastIndexOf('@');
  return at < 0 ? '' : address.slice(at + 1);
}

/** RFC 5321 §4.1.2 Local-part, no longer than a mailbox can have. */
export function isLocalPart(text: string): boolean {
  return (
    octets(text) <= longest.localPart &&
    !hasUnsafeCharacter(text) &&
    (dotString.test(text) || quotedString.test(text))
  );
}

/** RFC 5321 §4.1.2 Dot-string: a local part that needs no quotes. */
export function isDotString(text: string): boolean {
  return dotString.test(text);
}

/**
 * A local part with no more quotes and backslashes than it needs (RFC 5321 §4.1.2): `"a"` and `a` are the same mailbox, and
 * whoever compares or looks up wants one form of it.
 */
export function plainLocalPart(text: string): string {
  if (!/^".*"$/s.test(text)) return text;
  const meant = text.slice(1, -1).replace(/\\(.)/gsu, '$1');
  return isDotString(meant) ? meant : `"${meant.replace(/["\\]/g, '\\$&')}"`;
}

/** Whether there is a character in it that no address shows. What comes in and what goes out is held to the same. */
export function hasUnsafeCharacter(text: string): boolean {
  return unsafe.test(text);
}

/** A domain in lower-case A-labels, or a normalised address literal; undefined if it is neither. */
export function parseDomain(text: string): string | undefined {
  return text.startsWith('[') ? parseAddressLiteral(text) : toALabels(text);
}

/** RFC 5321 §4.1.3: `[192.0.2.1]` or `[IPv6:2001:db8::1]`; the IPv6 address comes back in its shortest form. */
export function parseAddressLiteral(text: string): string | undefined {
  const [, tag, content = ''] = /^\[(ipv6:)?([0-9a-f:.]{2,45})\]$/i.exec(text) ?? [];
  const address = parseIpAddress(content);
  if (address === undefined || familyOf(address) !== (tag === undefined ? 4 : 6)) return undefined;
  return tag === undefined ? text : `[IPv6:${address}]`;
}

/** RFC 5321 §4.1.3: what stands for the name of a host that has none. @param address of a socket, with its zone */
export function addressLiteral(address: string): string {
  const [bare = ''] = address.split('%');
  const canonical = canonicalAddress(bare) ?? bare;
  return canonical.includes(':') ? `[IPv6:${canonical}]` : `[${canonical}]`;
}

/** `mx.example.org` of `[mx.example.org]:25`, `example.org` of `example.org:25`, `2001:db8::1` of `[IPv6:2001:db8::1]`. */
export function hostOf(destination: string): string {
  const [, inBrackets, bare] = /^\[(?:IPv6:)?([^\]]*)\]|^([^:]+)(?::[^:]*)?$/i.exec(destination) ?? [];
  return inBrackets ?? bare ?? destination;
}

/** Whoever runs a host, which may be an address. */
export function postmasterOf(host: string): string {
  return `postmaster@${familyOf(host) === undefined ? host : addressLiteral(host)}`;
}

/** A host name in lower-case A-labels (RFC 5890 §2.3.2.1); undefined if it is none or is too long. */
export function toALabels(text: string): string | undefined {
  // domainToASCII() parses a URL host: it takes `1.2.3` for an IPv4 address and `a/b` for `a`. So plain ASCII never
  // goes there, and nothing goes there but what a label can be made of.
  const ascii = isAscii(text)
    ? text.toLowerCase()
    : internationalDomain.test(text)
      ? domainToASCII(text)
      : '';
  if (ascii.length > longest.domain) return undefined;
  const labels = ascii.split('.');
  if (!labels.every((label) => label.length <= longest.label && asciiLabel.test(label))) return undefined;
  return /^\d+$/.test(labels.at(-1) ?? '') ? undefined : ascii;
}

export function isAscii(text: string): boolean {
  return !/[^\0-\x7F]/.test(text);
}

function octets(text: string): number {
  return isAscii(text) ? text.length : new TextEncoder().encode(text).length;
}
