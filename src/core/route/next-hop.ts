import { parseDestination, readDestination, type Destination } from './destination.ts';

/**
 * The meaning of a next hop. Its text is the name of a queue: `example.org`, `[a.example.org]:587, b.example.org`,
 * `smtps:[mail.example.org]`, `retry:4.3.0 closed for today`.
 */
export type NextHop = Hosts | Refusal;

export interface Hosts {
  readonly kind: 'hosts';
  /** TLS from the first octet (RFC 8314 §3.3). */
  readonly wrapper: boolean;
  /** Tried in this order; at least one. */
  readonly destinations: readonly Destination[];
}

/** No host: the mail is returned (`error:`) or waits (`retry:`), with the operator's words. */
export interface Refusal {
  readonly kind: 'refusal';
  readonly outcome: 'bounced' | 'deferred';
  readonly dsn: string;
  readonly reason: string;
}

/** Port of implicit TLS (RFC 8314 §7.3), unless the destination names one. */
export const wrapperPort = 465;

/** Words before the colon of a next hop that are no host. */
const prefix = /^(smtp|smtps|error|retry):(.*)$/s;

/**
 * Reads the name of a queue. Any text is one: text that is no next hop is taken for a domain, which will not be found.
 */
export function parseNextHop(text: string): NextHop {
  const [, transport, rest = ''] = prefix.exec(text) ?? [];
  if (transport === 'error' || transport === 'retry') return refusalOf(transport, rest);
  const words = wordsOf(transport === undefined ? text : rest);
  const wrapper = transport === 'smtps';
  const destinations = (words.length === 0 ? [text] : words).map((word) => {
    const destination = parseDestination(word);
    return wrapper ? { port: wrapperPort, ...destination } : destination;
  });
  return { kind: 'hosts', wrapper, destinations };
}

/**
 * The one text for a list of destinations with commas or white space between; undefined if there is none in it, or
 * something else.
 */
export function hostsText(list: string, wrapper: boolean): string | undefined {
  const destinations = wordsOf(list).map(readDestination);
  const names = destinations.flatMap((one) => (one === undefined ? [] : [one.nextHop]));
  if (names.length === 0 || names.length < destinations.length) return undefined;
  const text = names.join(', ');
  // A host may have the name `retry`.
  return wrapper ? `smtps:${text}` : prefix.test(text) ? `smtp:${text}` : text;
}

/** Of `transport:list`, where `smtp:` may be left out, as for a relayhost. */
export function readNextHop(text: string): string | undefined {
  const [, transport, rest = ''] = /^(smtp|smtps):(?!\d+$)(.*)$/s.exec(text) ?? [];
  return hostsText(transport === undefined ? text : rest, transport === 'smtps');
}

function wordsOf(list: string): readonly string[] {
  return list.split(/[\s,]+/).filter((word) => word !== '');
}

/** RFC 3463 §2; as the error and retry services of Postfix read it. */
const leadingCode = /^[245]\.\d{1,3}\.\d{1,3}(?!\S)/;

function refusalOf(transport: 'error' | 'retry', text: string): Refusal {
  const outcome = transport === 'error' ? 'bounced' : 'deferred';
  const said = text.trim();
  const [code] = leadingCode.exec(said) ?? [];
  const rest = said.slice(code?.length ?? 0).trimStart();
  const usual = transport === 'error' ? '5.0.0' : '4.0.0';
  const reason = rest || 'Address is undeliverable';
  return { kind: 'refusal', outcome, dsn: code !== undefined && code[0] === usual[0] ? code : usual, reason };
}

/** An enhanced code of the wrong class before the text of `error:` or `retry:`. */
export function hasForeignCode(transport: 'error' | 'retry', text: string): boolean {
  const [code] = leadingCode.exec(text.trim()) ?? [];
  return code !== undefined && code[0] !== (transport === 'error' ? '5' : '4');
}
