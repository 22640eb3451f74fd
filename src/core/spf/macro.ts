import { isIPv4 } from 'node:net';
import { addressOctets } from '../dns/address-octets.ts';

/** Whose mail is checked (RFC 7208 §4.1). */
export interface SpfClient {
  /** Address from which the mail comes. */
  readonly address: string;
  /** `postmaster@example.org` */
  readonly sender: string;
  /** What the client said in EHLO. */
  readonly helo: string;
}

const longestName = 253;

/** Expands the macros of a domain-spec (RFC 7208 §7). Undefined if it cannot be a name of the DNS afterwards. */
export function expandMacros(spec: string, domain: string, client: SpfClient): string | undefined {
  const expanded = spec.replace(
    /%(?:\{([slodiphcrtv])(\d{0,3})(r?)([-.+,/_=]{0,8})\}|([%_-]))/gi,
    (
      _,
      letter: string | undefined,
      digits: string,
      reverse: string,
      delimiters: string,
      other: string | undefined,
    ) => {
      if (letter === undefined) return other === '%' ? '%' : other === '_' ? ' ' : '%20';
      return transform(
        valueOf(letter.toLowerCase(), domain, client),
        digits,
        reverse !== '',
        delimiters || '.',
      );
    },
  );
  const name = expanded.endsWith('.') ? expanded.slice(0, -1) : expanded;
  return shorten(name);
}

/** RFC 7208 §7.3: labels are dropped on the left until the name is not too long. */
function shorten(name: string): string | undefined {
  const labels = name.split('.');
  while (labels.join('.').length > longestName) labels.shift();
  const isName = labels.length > 0 && labels.every((label) => label.length > 0 && label.length <= 63);
  return isName ? labels.join('.') : undefined;
}

function valueOf(letter: string, domain: string, { address, sender, helo }: SpfClient): string {
  const at = sender.lastIndexOf('@');
  switch (letter) {
    case 's':
      return sender;
    case 'l':
      return sender.slice(0, at);
    case 'o':
      return sender.slice(at + 1);
    case 'd':
      return domain;
    case 'i':
      return isIPv4(address) ? address : nibbles(address);
    case 'v':
      return isIPv4(address) ? 'in-addr' : 'ip6';
    case 'h':
      return helo;
    default:
      // RFC 7208 §7.2: of "p" this may be said without asking the DNS; c, r and t are for explanations only.
      return 'unknown';
  }
}

function nibbles(address: string): string {
  const hex = Buffer.from(addressOctets(address) ?? []).toString('hex');
  return hex.split('').join('.');
}

function transform(value: string, digits: string, reverse: boolean, delimiters: string): string {
  const parts: string[] = [''];
  for (const one of value) {
    if (delimiters.includes(one)) parts.push('');
    else parts[parts.length - 1] += one;
  }
  const ordered = reverse ? parts.toReversed() : parts;
  const keep = Number(digits);
  return (keep > 0 ? ordered.slice(-keep) : ordered).join('.');
}
