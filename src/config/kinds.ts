import { isIP } from 'node:net';
import { parseFingerprint } from '../core/dane/fingerprint.ts';
import { daneDigests, parseDaneDigest, type DaneDigest } from '../core/dane/tlsa.ts';
import { parseMailbox, printMailbox } from '../core/mail/address.ts';
import type { Feedback } from '../core/site/concurrency.ts';
import { readNextHop } from '../core/route/next-hop.ts';
import { canonicalAddress } from '../core/dns/ip-address.ts';
import { isFilterWord, securityOptions, type SecurityOption } from '../core/sasl/mechanisms.ts';
import { senderRules as rulesOfSenders } from '../core/users/sender-rights.ts';
import { parseMatchWord } from '../core/tls-policy/match-names.ts';
import { isCipherWord, parseProtocols, type TlsVersion } from '../core/tls-policy/tls-parameters.ts';
import { parseDnssecProbe, type DnssecProbe } from '../core/dns/dnssec-probe.ts';
import {
  parsed,
  parseHttpAddress,
  parseListenAddress,
  parseListenerAddress,
  parseNetwork,
  parseResolverAddress,
  type ListenerAddress,
  type HttpAddress,
  type Network,
  type Parsed,
  type SocketAddress,
} from './addresses.ts';
import { isHostName } from './host-name.ts';
import { durationUnits, parseDuration, parsePercent, parseSize, sizeUnits } from './quantities.ts';
import { maskRedisUrl, parseRedisUrl } from './redis-url.ts';

/** How a value is written, and how it is read. */
export interface Kind<T> {
  /** The TOML type it is written in; in the environment and in `--set` a list has commas. */
  readonly form: 'text' | 'integer' | 'flag' | 'list';
  /** A list of one may be written as a text. */
  readonly lone?: true;
  /** What stands for the credential of systemd with this path, if a value can be one. */
  readonly credential?: (path: string) => string;
  /** Completes the sentence "found …, wanted …". */
  readonly wanted: string;
  /** Reads the written words: one, or one an item of a list. */
  readonly read: (
    words: readonly string[],
  ) => { readonly value: T } | { readonly rejected: readonly Rejected[] };
  /** The word as it may be shown; absent if it holds no secret. */
  readonly mask?: (word: string) => string;
}

/** A word that could not be read, and a few words why (may be empty). */
export interface Rejected {
  readonly index: number;
  readonly reason: string;
}

export const flag = single('flag', 'true or false', (word) =>
  parsed(word === 'true' ? true : word === 'false' ? false : undefined),
);

export function integer(min: number, max: number): Kind<number> {
  return single('integer', `a whole number from ${min} to ${max}`, (word) => {
    const value = /^-?\d{1,15}$/.test(word) ? Number(word) : Number.NaN;
    return parsed(value >= min && value <= max ? value : undefined);
  });
}

/** Milliseconds. The bounds are written as an operator writes them. */
export function duration(min: string, max: string): Kind<number> {
  const example = 'such as "30s" or "5m"';
  const wanted = `a duration from ${min} to ${max} with its unit (${durationUnits}), ${example}`;
  return quantity(wanted, parseDuration, min, max);
}

/** Bytes. The bounds are written as an operator writes them. */
export function size(min: string, max: string): Kind<number> {
  const wanted = `a size from ${min} to ${max} with its unit (${sizeUnits}), such as "25MiB"`;
  return quantity(wanted, parseSize, min, max);
}

/** Percent. */
export function percent(min: string, max: string): Kind<number> {
  return quantity(`a share from ${min} to ${max}`, parsePercent, min, max);
}

export function choice<const T extends readonly string[]>(values: T): Kind<T[number]> {
  return single('text', `one of ${values.join(', ')}`, (word) =>
    parsed(values.find((known) => known === word)),
  );
}

/** Any of the values, each once. */
export function choices<const T extends readonly string[]>(values: T): Kind<readonly T[number][]> {
  return listOf(`some of ${values.join(', ')}`, (word) => parsed(values.find((known) => known === word)));
}

const feedbackShape = /^(0(?:\.\d{1,6})?|1(?:\.0{1,6})?)(?: ?\/ ?(concurrency|sqrt_concurrency))?$/;

/** The effect of a delivery on the number of connections, as Postfix writes it. */
export const feedback: Kind<Feedback> = single(
  'text',
  'a number from 0 to 1, or one divided by concurrency or sqrt_concurrency, such as "1" or "1 / concurrency"',
  (word) => {
    const [, amount, per = 'delivery'] = feedbackShape.exec(word) ?? [];
    return amount === undefined
      ? { reason: '' }
      : { value: { amount: Number(amount), per: per as Feedback['per'] } };
  },
);

/** A text of the given shape. */
export function text(wanted: string, shape: RegExp): Kind<string> {
  return single('text', wanted, (word) => asIs(word, shape.test(word)));
}

export const hostName = single('text', 'a host name such as "mail.example.org", or ""', (word) =>
  asIs(word, word === '' || isHostName(word)),
);

/** A field name of RFC 5322 §3.6.8, in lower case. */
export const fieldNames: Kind<readonly string[]> = listOf('header field names such as "bcc"', (word) =>
  parsed(/^[!-9;-~]{1,40}$/.test(word) ? word.toLowerCase() : undefined),
);

/** In lower case. */
export const statusHosts: Kind<readonly string[]> = listOf('host names such as "relay.example.org"', (word) =>
  parsed(isHostName(word) ? word.toLowerCase() : undefined),
);

export const originName = single('text', 'a domain such as "example.org", "none", or ""', (word) =>
  asIs(word, word === '' || isHostName(word)),
);

export const mailbox = single('text', 'a mailbox such as "postmaster@example.org", or ""', (word) => {
  const mailbox = word === '' ? undefined : parseMailbox(word);
  return mailbox === undefined ? asIs(word, word === '') : { value: printMailbox(mailbox) };
});

/** RFC 5321 §4.1.3: where a host has no name, an address literal stands for it. */
export const heloName = single(
  'text',
  'a host name, an address literal such as "[192.0.2.1]", or ""',
  (word) => {
    const [, literal = ''] = /^\[(?:IPv6:)?([^\]]+)\]$/i.exec(word) ?? [];
    return asIs(word, word === '' || isHostName(word) || isIP(literal) !== 0);
  },
);

export const filePath: Kind<string> = {
  ...single('text', 'the path of a file or directory, "credential:NAME", or ""', filePathOf),
  credential: (path) => path,
};

/** Empty, or the text of a URL that `parseRedisUrl` reads. */
export const redisUrl: Kind<string> = {
  ...single(
    'text',
    'redis://host:port, rediss://host:port, unix:///path, sentinel://host,host,host/name, file:///path, "credential:NAME", or ""',
    (word) => (word === '' ? { value: '' } : parseRedisUrl(word)),
  ),
  credential: (path) => `file://${path}`,
  mask: maskRedisUrl,
};

/** Undefined: do not probe. */
export const dnssecProbe: Kind<DnssecProbe | undefined> = single(
  'text',
  'a record type and a name such as "ns:." or "soa:example.org", or ""',
  (word) => {
    const probe: Parsed<DnssecProbe | undefined> = parsed(parseDnssecProbe(word));
    return word === '' ? { value: undefined } : probe;
  },
);

/** `built-in`: well-known public names. Undefined: do not probe. */
export const publicProbe: Kind<DnssecProbe | 'built-in' | undefined> = single(
  'text',
  'built-in, a record type and a name such as "soa:example.org", or ""',
  (word) => {
    const probe: Parsed<DnssecProbe | 'built-in' | undefined> =
      word === 'built-in' ? { value: word } : parsed(parseDnssecProbe(word));
    return word === '' ? { value: undefined } : probe;
  },
);

/** Versions of TLS, ascending. */
export const tlsProtocols: Kind<readonly TlsVersion[]> = single(
  'text',
  'TLS versions such as ">=TLSv1.2" or "!TLSv1, !TLSv1.1" that leave one',
  (word) => parsed(parseProtocols(word)),
);

/** `hostname`, `nexthop`, a name in A-labels, or empty. */
export const serverName = single(
  'text',
  'hostname, nexthop, a host name such as "mail.example.org", or ""',
  (word) => asIs(word.toLowerCase(), word === '' || isHostName(word)),
);

/** Where mail may go instead of to the hosts of its domain, as `parseNextHop` reads it; empty: nowhere. */
export const nextHop = single(
  'text',
  '"[host]", "[host]:port", "domain", "domain:port", several with commas between, or ""',
  (word) => parsed(word === '' ? '' : readNextHop(word)),
);

/** IPv6 in its shortest form. */
export const ipAddresses: Kind<readonly string[]> = listOf(
  'IP addresses such as "192.0.2.1" or "2001:db8::1"',
  (word) => parsed(canonicalAddress(word)),
);

export const saslOptions: Kind<readonly SecurityOption[]> = listOf(securityOptions.join(', '), (word) =>
  parsed(securityOptions.find((option) => option === word)),
);

export const mechanismFilter: Kind<readonly string[]> = listOf(
  'mechanisms such as "plain" or "!login"',
  (word) => asIs(word, isFilterWord(word)),
);

export const senderRules = choices(rulesOfSenders);

export const matchWords: Kind<readonly string[]> = listOf(
  'hostname, nexthop, dot-nexthop, or names such as "mail.example.org" or ".example.org"',
  (word) => parsed(parseMatchWord(word)),
);

export const cipherWords: Kind<readonly string[]> = listOf(
  'ciphers in the words of OpenSSL such as "aNULL" or "AES128-SHA"',
  (word) => asIs(word, isCipherWord(word)),
);

/** Strongest first. */
export const digestOrder: Kind<readonly DaneDigest[]> = listOf(daneDigests.join(', '), (word) =>
  parsed(parseDaneDigest(word)),
);

/** As written, because another setting names their digest. */
export const fingerprints: Kind<readonly string[]> = listOf(
  'digests in hexadecimal such as "51:E9:AF:2E:..."',
  (word) => asIs(word, /^[0-9a-f]{2}(?::?[0-9a-f]{2})*$/i.test(word)),
);

/** RFC 5322 §3.6.8 */
export const headerNames: Kind<readonly string[]> = listOf(
  'built-in, names of header fields such as "Subject", or "!Subject"',
  (word) => asIs(word, /^!?[A-Za-z0-9-]{1,64}$/.test(word)),
);

export const listenAddresses: Kind<readonly SocketAddress[]> = listOf(
  'addresses with their ports such as "127.0.0.1:2525" or "[::1]:2525"',
  parseListenAddress,
);

/** Undefined where nothing is said. */
export const listenerAddress: Kind<ListenerAddress | undefined> = single(
  'text',
  'an address with its port such as "192.0.2.1:587", "unix:/path", or "systemd:NAME"',
  (word) => {
    const address: Parsed<ListenerAddress | undefined> = parseListenerAddress(word);
    return word === '' ? { value: undefined } : address;
  },
);

/** File mode. */
export const permissions: Kind<number> = single('text', 'permissions such as "0660"', (word) =>
  parsed(/^0?[0-7]{3}$/.test(word) ? Number.parseInt(word, 8) : undefined),
);

/** Paths of files. */
export const files: Kind<readonly string[]> = {
  ...listOf('files such as "/etc/dane-relay/tls.pem"', (word) =>
    word === '' ? { reason: 'no path' } : filePathOf(word),
  ),
  credential: (path) => path,
  lone: true,
};

/** SHA-256, lower-case hexadecimal. */
export const relayFingerprints: Kind<readonly string[]> = {
  ...listOf('SHA-256 digests in hexadecimal such as "51:E9:AF:2E:..."', (word) =>
    parsed(parseFingerprint(word, 'sha256')),
  ),
  lone: true,
};

/** The places of HTTP listeners. */
export const httpAddresses: Kind<readonly HttpAddress[]> = listOf(
  'IP addresses with their ports such as "127.0.0.1:8025", or paths such as "unix:/run/dane-relay/http.sock"',
  parseHttpAddress,
);

export const resolverAddresses: Kind<readonly SocketAddress[]> = listOf(
  'IP addresses, a port where it is not 53, such as "127.0.0.1", "127.0.0.1:5353" or "[::1]:5353"',
  parseResolverAddress,
);

export const networks: Kind<readonly Network[]> = listOf(
  'blocks of addresses such as "192.0.2.0/24" or "2001:db8::/32"',
  parseNetwork,
);

function single<T>(
  form: 'text' | 'integer' | 'flag',
  wanted: string,
  read: (word: string) => Parsed<T>,
): Kind<T> {
  return {
    form,
    wanted,
    read: ([word = '']) => {
      const reading = read(word);
      return 'value' in reading ? reading : { rejected: [{ index: 0, reason: reading.reason }] };
    },
  };
}

function listOf<T>(items: string, read: (word: string) => Parsed<T>): Kind<readonly T[]> {
  return {
    form: 'list',
    wanted: `a list of ${items}`,
    read: (words) => {
      const readings = words.map(read);
      const rejected = readings.flatMap((item, index) =>
        'value' in item ? [] : [{ index, reason: item.reason }],
      );
      return rejected.length > 0
        ? { rejected }
        : { value: readings.flatMap((item) => ('value' in item ? [item.value] : [])) };
    },
  };
}

function filePathOf(word: string): Parsed<string> {
  if (word.startsWith('credential:')) return { reason: 'no name of a credential' };
  if (/^[a-z]+:/.test(word))
    return { reason: 'Postfix table types are not understood here; name the text file alone' };
  return asIs(word, !word.includes('\0'));
}

/** The word itself, if it is valid. */
function asIs(word: string, isGood: boolean): Parsed<string> {
  return parsed(isGood ? word : undefined);
}

function quantity(
  wanted: string,
  parse: (word: string) => number | undefined,
  min: string,
  max: string,
): Kind<number> {
  const lowest = parse(min) ?? Number.NaN;
  const highest = parse(max) ?? Number.NaN;
  return single('text', wanted, (word) => {
    const value = parse(word);
    if (value !== undefined && value >= lowest && value <= highest) return { value };
    return { reason: /^\d+$/.test(word) ? 'no unit' : '' };
  });
}
