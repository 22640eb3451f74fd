import { canonicalAddress } from '../dns/ip-address.ts';
import { domainOf, parseAddressLiteral, toALabels } from '../mail/address.ts';

/** A destination: where mail goes next. */
export interface Destination {
  /** Its name in the queue, the log and the policy map: `example.org`, `[192.0.2.1]`, `[mail.example.org]:587`. */
  readonly nextHop: string;
  /** `mx`: MX lookup, then addresses; `host`: addresses of the host itself; `literal`: an address, nothing to look up. */
  readonly kind: 'mx' | 'host' | 'literal';
  /** Domain name or bare address. */
  readonly host: string;
  /** Absent: the port of all destinations. */
  readonly port?: number;
}

/** The next hop of a mailbox: its domain, or the address literal after the @ (RFC 5321 §4.1.3, §5.1). */
export function destinationOf(mailbox: string): Destination {
  const domain = domainOf(mailbox);
  return literalOf(domain) ?? domainItself(domain);
}

/**
 * Reads a destination as Postfix has it: `domain`, `domain:port`, `[host]`, `[host]:port`, and an address in brackets
 * with or without a port; IPv6 with or without its `IPv6:`. A port is a number or the name of a mail service. Any other
 * text is taken for a domain, which will not be found.
 */
export function parseDestination(text: string): Destination {
  return literalOf(text) ?? withPort(text) ?? domainItself(text);
}

/** Undefined if `text` is no destination. */
export function readDestination(text: string): Destination | undefined {
  const destination = parseDestination(text);
  const named = destination.kind === 'literal' || toALabels(destination.host) === destination.host;
  return named ? destination : undefined;
}

function literalOf(text: string): Destination | undefined {
  const literal = parseAddressLiteral(text);
  return literal === undefined ? undefined : { nextHop: literal, kind: 'literal', host: addressIn(literal) };
}

/** RFC 6409 §3.1, RFC 8314 §7.3. */
const services: ReadonlyMap<string, number> = new Map([
  ['smtp', 25],
  ['submission', 587],
  ['submissions', 465],
  ['smtps', 465],
]);

function withPort(text: string): Destination | undefined {
  const [, bracketed, bare, portText] =
    /^(?:\[([^[\]]+)\]|([^[\]:]+))(?::(\d{1,5}|[a-z]+))?$/i.exec(text) ?? [];
  if (bracketed === undefined && bare === undefined) return undefined;
  const port = portText === undefined ? undefined : portOf(portText);
  if (portText !== undefined && port === undefined) return undefined;
  // A name with a final dot is the same name, and must not become another key of queue and policy.
  const nextHop = bracketed === undefined && port === undefined ? nameIn(text) : text.toLowerCase();
  const atPort = port === undefined ? {} : { port };
  if (bracketed === undefined) return { nextHop, kind: 'mx', host: nameIn(bare ?? ''), ...atPort };
  const literal = parseAddressLiteral(`[${bracketed}]`) ?? parseAddressLiteral(`[IPv6:${bracketed}]`);
  if (literal !== undefined) return { nextHop, kind: 'literal', host: addressIn(literal), ...atPort };
  return { nextHop, kind: 'host', host: nameIn(bracketed), ...atPort };
}

function portOf(text: string): number | undefined {
  const port = services.get(text.toLowerCase()) ?? Number(text);
  return port >= 1 && port <= 65_535 ? port : undefined;
}

function domainItself(text: string): Destination {
  return { nextHop: nameIn(text), kind: 'mx', host: nameIn(text) };
}

/** `192.0.2.1` of `[192.0.2.1]` and of `[IPv6:::ffff:192.0.2.1]`, `2001:db8::1` of `[IPv6:2001:db8::1]`. */
function addressIn(literal: string): string {
  const text = literal.slice(1, -1).replace('IPv6:', '');
  return canonicalAddress(text) ?? text;
}

function nameIn(text: string): string {
  return text.toLowerCase().replace(/\.$/, '');
}
