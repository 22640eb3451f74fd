import { isIP, isIPv4, isIPv6 } from 'node:net';

/** RFC 7208 §4.6.2: what a mechanism says of a host that it matches. */
export type Qualifier = 'pass' | 'fail' | 'softfail' | 'neutral';

/** A mechanism of an SPF record (RFC 7208 §5). `domain` is a domain-spec with its macros; undefined: the domain itself. */
export type Mechanism =
  | { readonly kind: 'all' }
  | { readonly kind: 'include' | 'exists'; readonly domain: string }
  | { readonly kind: 'ptr'; readonly domain: string | undefined }
  | {
      readonly kind: 'a' | 'mx';
      readonly domain: string | undefined;
      readonly prefix4: number;
      readonly prefix6: number;
    }
  | { readonly kind: 'ip4' | 'ip6'; readonly network: string; readonly prefix: number };

export interface Directive {
  readonly qualifier: Qualifier;
  readonly mechanism: Mechanism;
  /** As it is written. */
  readonly text: string;
}

export interface SpfRecord {
  readonly directives: readonly Directive[];
  /** The domain-spec of `redirect=` (RFC 7208 §6.1). */
  readonly redirect?: string;
}

const qualifiers: Readonly<Record<string, Qualifier>> = {
  '+': 'pass',
  '-': 'fail',
  '~': 'softfail',
  '?': 'neutral',
};
/** A record is one DNS answer. Longer ones are of no use to anybody. */
const longest = 8192;

/** RFC 7208 §4.5 */
export function isSpfRecord(text: string): boolean {
  return /^v=spf1(?: |$)/i.test(text);
}

/** Reads a record (RFC 7208 §4.6, §12). A string says what is wrong with it, which is a permerror. */
export function parseSpf(text: string): SpfRecord | string {
  if (text.length > longest) return `it has ${text.length} octets`;
  const directives: Directive[] = [];
  let redirect: string | undefined;
  let explained = false;
  for (const term of text.split(' ').slice(1)) {
    if (term === '') continue;
    const modifier = /^([a-z][a-z0-9._-]*)=(.*)$/is.exec(term);
    if (modifier !== null) {
      const [, name = '', value = ''] = modifier;
      const known = name.toLowerCase();
      if (known !== 'redirect' && known !== 'exp') continue;
      if (!isDomainSpec(value)) return `"${term}" has no name of a domain`;
      // RFC 7208 §6: each of them once.
      if (known === 'redirect' ? redirect !== undefined : explained) return `"${known}=" is there twice`;
      if (known === 'redirect') redirect = value;
      else explained = true;
      continue;
    }
    const mechanism = parseMechanism(term.replace(/^[-+~?]/, ''));
    if (typeof mechanism === 'string') return `"${term}" ${mechanism}`;
    directives.push({ qualifier: qualifiers[term.charAt(0)] ?? 'pass', mechanism, text: term });
  }
  return { directives, ...(redirect === undefined ? {} : { redirect }) };
}

function parseMechanism(term: string): Mechanism | string {
  const end = term.search(/[^a-z0-9]/i);
  const word = end === -1 ? term : term.slice(0, end);
  const rest = term.slice(word.length);
  const colon = rest.startsWith(':') ? ':' : '';
  const value = rest.slice(colon.length);
  const kind = word.toLowerCase();
  switch (kind) {
    case 'all':
      return term.length === word.length ? { kind } : 'takes no value';
    case 'include':
    case 'exists':
      return colon === ':' && isDomainSpec(value) ? { kind, domain: value } : 'needs the name of a domain';
    case 'ptr':
      if (colon === '' && value === '') return { kind, domain: undefined };
      return colon === ':' && isDomainSpec(value) ? { kind, domain: value } : 'has no name of a domain';
    case 'a':
    case 'mx':
      return parseAddressed(kind, colon, value);
    case 'ip4':
    case 'ip6':
      return parseNetwork(kind, colon === ':' ? value : '');
    default:
      return 'is no mechanism of SPF';
  }
}

function parseAddressed(kind: 'a' | 'mx', colon: string, value: string): Mechanism | string {
  // RFC 7208 §5.3: [ ":" domain-spec ] [ "/" ip4-cidr ] [ "//" ip6-cidr ]
  const slash = /(?:\/(\d{1,3}))?(?:\/\/(\d{1,3}))?$/.exec(value);
  const domain = value.slice(0, slash?.index ?? value.length);
  const prefix4 = prefixIn(slash?.[1], 32);
  const prefix6 = prefixIn(slash?.[2], 128);
  if (prefix4 === undefined || prefix6 === undefined) return 'has a prefix that is none';
  if (colon === '' ? domain !== '' : !isDomainSpec(domain)) return 'has no name of a domain';
  return { kind, domain: colon === '' ? undefined : domain, prefix4, prefix6 };
}

function parseNetwork(kind: 'ip4' | 'ip6', value: string): Mechanism | string {
  const [network = '', length, ...more] = value.split('/');
  const isOfKind = kind === 'ip4' ? isIPv4(network) : isIPv6(network) && !network.includes('%');
  const prefix = prefixIn(length, kind === 'ip4' ? 32 : 128);
  if (!isOfKind || prefix === undefined || more.length > 0)
    return `is no network of ${kind === 'ip4' ? 'IPv4' : 'IPv6'}`;
  return { kind, network, prefix };
}

/** Undefined for what is no prefix; all bits where none is given. */
function prefixIn(text: string | undefined, bits: number): number | undefined {
  if (text === undefined) return bits;
  return /^(?:0|[1-9]\d{0,2})$/.test(text) && Number(text) <= bits ? Number(text) : undefined;
}

/** RFC 7208 §7.1: a name with macros, which ends in a label or in a macro. What it expands to is judged later. */
function isDomainSpec(text: string): boolean {
  if (text === '' || text.length > 1024 || isIP(text) !== 0) return false;
  const withoutMacros = text.replace(/%\{[slodiphcrtv]\d{0,3}r?[-.+,/_=]{0,8}\}|%[%_-]/gi, 'x');
  if (/[%/]/.test(withoutMacros) || !/^[\x21-\x7e]+$/.test(withoutMacros)) return false;
  return text.endsWith('}') || /\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.?$/i.test(text);
}
