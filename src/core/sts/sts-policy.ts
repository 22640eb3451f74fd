import { isHostName, parseDomainName } from '../dns/name.ts';
import { printable } from '../mail/printable.ts';

/** `none`: the domain has no policy any more, and says so. */
export type StsMode = 'enforce' | 'testing' | 'none';

/** What a domain asks of those who send mail to it (RFC 8461 §3.2). */
export interface StsPolicy {
  readonly mode: StsMode;
  /** Seconds for which it holds from its fetch on. */
  readonly maxAge: number;
  /** Patterns of mail hosts, in lower case and without a final dot: `mx.example.org`, `*.example.org`. Empty only with `none`. */
  readonly mx: readonly string[];
  /** As served, printable, for reports (RFC 8460 §4.4). */
  readonly lines: readonly string[];
}

export type ReadStsPolicy =
  | { readonly kind: 'policy'; readonly policy: StsPolicy }
  | {
      readonly kind: 'invalid';
      /** One word for reports: `missing-mx`. */
      readonly code: string;
      readonly lines: readonly string[];
    };

/** RFC 8461 §3.2: a year. What asks for more gets this much. */
const longestMaxAge = 31_557_600;
/** Policies of strangers are stored for up to a year, so what is kept of one is bounded: no domain has so many hosts. */
const mostPatterns = 200;
const patternCharacters = 8_192;
/** Of the lines, which are for reports: of any longer policy the beginning. */
const keptLines = 50;
/** Of a line, as JSON writes it in UTF-8: a policy with all that may be kept has less than 20 KiB there. */
const keptOctets = 200;

/** Reads a policy file. Takes any octets, up to what a fetch lets pass. */
export function parseStsPolicy(octets: Uint8Array): ReadStsPolicy {
  const text = decode(octets);
  if (text === undefined) return { kind: 'invalid', code: 'malformed-text', lines: [] };
  const all = text.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
  const lines = all
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
    .slice(0, keptLines)
    .map((line) => copied(printable(beginning(line, keptOctets))));
  const read = readPairs(all);
  return typeof read === 'string'
    ? { kind: 'invalid', code: read, lines }
    : { kind: 'policy', policy: { ...read, lines } };
}

/** Looks at no more of the text than it returns, and one character. */
function beginning(text: string, most: number): string {
  let octets = 0;
  let end = 0;
  for (const character of text) {
    octets += character === '"' || character === '\\' ? 2 : Buffer.byteLength(character);
    if (octets > most) break;
    end += character.length;
  }
  return text.slice(0, end);
}

/** A piece of a text holds on to all of it in V8. What is kept for minutes must not have 64 KiB behind each line. */
function copied(text: string): string {
  return Buffer.from(text).toString();
}

/** Undefined for what is no text: other octets than UTF-8, NUL, a byte order mark. */
function decode(octets: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octets);
    return text.includes('\0') || text.startsWith('\ufeff') ? undefined : text;
  } catch {
    return undefined;
  }
}

/** A policy without its lines, or one word that says why it is none. */
function readPairs(lines: readonly string[]): Omit<StsPolicy, 'lines'> | string {
  const first = new Map<string, string>();
  const mx: string[] = [];
  let characters = 0;
  for (const line of lines) {
    // RFC 8461 §3.2 knows no empty line, and administrators do.
    if (line.trim() === '') continue;
    const pair = readPair(line);
    if (pair === undefined) return 'malformed-line';
    const [key, value] = pair;
    if (key === 'mx') {
      const pattern = parseMxPattern(value);
      if (pattern === undefined) return 'malformed-mx';
      characters += pattern.length;
      if (mx.length === mostPatterns || characters > patternCharacters) return 'too-many-mx';
      mx.push(copied(pattern));
    } else if (!first.has(key)) first.set(key, value);
  }
  if (first.get('version') !== 'STSv1') return first.has('version') ? 'unknown-version' : 'missing-version';
  const mode = modes.find((one) => one === first.get('mode'));
  if (mode === undefined) return first.has('mode') ? 'unknown-mode' : 'missing-mode';
  const age = first.get('max_age');
  if (age === undefined) return 'missing-max-age';
  if (!/^\d{1,10}$/.test(age)) return 'malformed-max-age';
  // RFC 8461 §3.2: a domain that switches MTA-STS off need not name hosts.
  if (mx.length === 0 && mode !== 'none') return 'missing-mx';
  return { mode, maxAge: Math.min(Number(age), longestMaxAge), mx };
}

const modes = ['enforce', 'testing', 'none'] as const;

/** `key: value`; keys have letters, digits, `_`, `-` and `.`, 32 at most. */
function readPair(line: string): readonly [key: string, value: string] | undefined {
  const colon = line.indexOf(':');
  if (colon === -1) return undefined;
  const key = line.slice(0, colon);
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$/.test(key)) return undefined;
  return [key, line.slice(colon + 1).trim()];
}

/** A name of a host in A-labels, or one with `*` in place of its first label; undefined for everything else. */
export function parseMxPattern(text: string): string | undefined {
  const isWildcard = text.startsWith('*.');
  const name = parseDomainName(isWildcard ? text.slice(2) : text);
  if (name === undefined || !isHostName(name)) return undefined;
  return isWildcard ? `*.${name}` : name;
}

/**
 * The first pattern that a mail host matches (RFC 8461 §4.1). `host` is the name that the MX record has, not the one that
 * it is an alias of. `*` stands for one label.
 */
export function matchingPattern(patterns: readonly string[], host: string): string | undefined {
  const name = host.toLowerCase().replace(/\.$/, '');
  const dot = name.indexOf('.');
  const wildcard = dot > 0 ? `*${name.slice(dot)}` : undefined;
  return patterns.find((pattern) => pattern === name || pattern === wildcard);
}
