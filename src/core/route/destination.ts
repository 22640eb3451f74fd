import { domainOf, parseAddressLiteral } from '../mail/address.ts';

/** Where mail for a recipient domain goes next. */
export interface Destination {
  /** As it names the queue and the log: `example.org`, `[192.0.2.1]`, `[IPv6:2001:db8::1]`. */
  readonly nextHop: string;
  /** `mx`: MX lookup, then addresses; `literal`: the address itself, nothing to look up. */
  readonly kind: 'mx' | 'literal';
  /** Domain name or bare address. */
  readonly host: string;
}

/** The next hop of a mailbox: its domain, or the address literal after the @ (RFC 5321 §4.1.3, §5.1). */
export function destinationOf(mailbox: string): Destination {
  return parseDestination(domainOf(mailbox));
}

export function parseDestination(text: string): Destination {
  const literal = parseAddressLiteral(text);
  if (literal !== undefined)
    return { nextHop: literal, kind: 'literal', host: literal.slice(1, -1).replace('IPv6:', '') };
  const nextHop = text.toLowerCase();
  return { nextHop, kind: 'mx', host: nextHop.replace(/\.$/, '') };
}
