import { canonicalAddress } from '../dns/ip-address.ts';
import { toALabels } from '../mail/address.ts';
import { neuterName } from '../mail/received.ts';
import { decodeXtext } from '../mail/xtext.ts';
import { refused, type RefusedCommand } from './path-command.ts';

/*
 * What XCLIENT and XFORWARD have in common (XCLIENT_README and XFORWARD_README of Postfix): attributes NAME=value, the
 * values in xtext.
 */

/** Longest value of an attribute, in xtext. */
const longestValue = 255;

/** What stands for a name, an address or a port that the peer does not know. */
export const unknown = 'unknown';

/** One attribute: its name in upper case, its value decoded, with `?` for what is not printable ASCII. */
export type Attribute = readonly [name: string, value: string];

/** Splits a command line into its attributes. */
export function readAttributes(line: string): readonly Attribute[] | RefusedCommand {
  const [verb = '', ...words] = line.trim().split(/[ \t]+/);
  if (words.length === 0) return refused(`501 5.5.4 Syntax: ${verb.toUpperCase()} attribute=value...`);
  const attributes: Attribute[] = [];
  for (const word of words) {
    const at = word.indexOf('=');
    const raw = word.slice(at + 1);
    if (at < 1 || raw === '') return refused('501 5.5.4 Error: attribute=value expected');
    if (raw.length > longestValue) return refused('501 5.5.4 Error: attribute value too long');
    // A value with a "+" of its own is one of a peer that does not know xtext.
    const value = (decodeXtext(raw) ?? raw).replace(/[^ -~]/gu, '?');
    attributes.push([word.slice(0, at).toUpperCase(), value]);
  }
  return attributes;
}

export function isRefused(read: object): read is RefusedCommand {
  return 'kind' in read && read.kind === 'refused';
}

export function isUnavailable(value: string): boolean {
  return /^\[UNAVAILABLE\]$/i.test(value);
}

/** A host name in A-labels, or `unknown`; undefined for what is no name. */
export function readName(value: string): string | undefined {
  return isUnavailable(value) || /^\[TEMPUNAVAIL\]$/i.test(value) ? unknown : toALabels(value);
}

/** An IP address, IPv6 with `IPV6:` before it; `unknown`; undefined for what is no address. */
export function readAddress(value: string): string | undefined {
  return isUnavailable(value) ? unknown : canonicalAddress(value.replace(/^IPV6:/i, ''));
}

/** A port, or `unknown`; undefined for what is no port. */
export function readPort(value: string): number | typeof unknown | undefined {
  if (isUnavailable(value)) return unknown;
  return /^\d{1,5}$/.test(value) && Number(value) <= 0xffff ? Number(value) : undefined;
}

/** What a client said in HELO, fit for log and header; undefined if it is not known. */
export function readHelo(value: string): string | undefined {
  return isUnavailable(value) ? undefined : neuterName(value);
}

export function badValue(name: string, value: string): RefusedCommand {
  return refused(`501 5.5.4 Bad ${name} syntax: ${neuterName(value)}`);
}

export function badName(verb: string, name: string): RefusedCommand {
  return refused(`501 5.5.4 Bad ${verb} attribute name: ${neuterName(name)}`);
}
