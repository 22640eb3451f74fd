import type { ReferenceName } from '../dane/names.ts';
import { toALabels } from '../mail/address.ts';

/** Match words that stand for a name of the destination; Postfix calls them strategies. */
export const matchStrategies = ['hostname', 'nexthop', 'dot-nexthop'] as const;

/** What the strategies stand for. */
export interface DestinationNames {
  /** As the MX record lists it. */
  readonly host: string;
  /** Next-hop domain, without brackets and port. */
  readonly nextHop: string;
}

/** A match word as `matchNames` takes it: a strategy, a name in A-labels, or `.suffix`; undefined if it is none. */
export function parseMatchWord(text: string): string | undefined {
  const word = text.toLowerCase();
  if (matchStrategies.some((strategy) => strategy === word)) return word;
  const name = toALabels(word.replace(/^\./, '').replace(/\.$/, ''));
  return name === undefined || !word.startsWith('.') ? name : `.${name}`;
}

/** The names a certificate may show at `verify` and `secure`. */
export function matchNames(
  words: readonly string[],
  { host, nextHop }: DestinationNames,
): readonly ReferenceName[] {
  return words.map((word) => {
    switch (word) {
      case 'hostname':
        return host;
      case 'nexthop':
        return nextHop;
      case 'dot-nexthop':
        return { below: nextHop };
      default:
        return word.startsWith('.') ? { below: word.slice(1) } : word;
    }
  });
}
