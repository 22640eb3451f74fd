import type { Reply } from './reply.ts';

/** What a server offers in reply to EHLO (RFC 5321 §4.1.1.1), as far as this client uses it. */
export interface Capabilities {
  /** What the server calls itself. */
  readonly name: string;
  readonly startTls: boolean;
  /** RFC 4954: the mechanisms offered, as written; absent when AUTH is not offered. */
  readonly auth?: readonly string[];
  /** We have logged in. */
  readonly loggedIn?: true;
  /** RFC 2920. */
  readonly pipelining: boolean;
  /** RFC 6152. */
  readonly eightBitMime: boolean;
  /** RFC 6531. */
  readonly smtpUtf8: boolean;
  /** RFC 3461. */
  readonly dsn: boolean;
  /** RFC 8689; counts within TLS alone. */
  readonly requireTls?: true;
  /** RFC 1870: false when not offered, else the octets the server takes; 0 is no limit known. */
  readonly size: number | false;
}

/** Reads the positive reply to EHLO. The reply to HELO has one line and so offers nothing. */
export function parseCapabilities(reply: Reply): Capabilities {
  const [greeting = '', ...rest] = reply.lines.map((line) => line.slice(4).trim());
  const keywords = new Map<string, string>();
  const mechanisms: string[] = [];
  for (const line of rest) {
    const [keyword = '', parameter = ''] = line.split(/ +/, 2);
    // RFC 5321 §2.4: keywords are not case sensitive.
    const word = keyword.toUpperCase();
    const before = keywords.get(word);
    // Two limits of one size are none: the server decides, when it is told how long the message is.
    keywords.set(word, before === undefined || before === parameter ? parameter : '');
    // `AUTH=` is how servers wrote it before RFC 2554.
    const [verb = '', ...words] = line.split(/[ =]+/);
    if (verb.toUpperCase() === 'AUTH') mechanisms.push(...words.filter((name) => name !== ''));
  }
  return {
    name: greeting.split(' ', 1)[0] ?? '',
    startTls: keywords.has('STARTTLS'),
    ...(mechanisms.length > 0 && { auth: mechanisms }),
    pipelining: keywords.has('PIPELINING'),
    eightBitMime: keywords.has('8BITMIME'),
    smtpUtf8: keywords.has('SMTPUTF8'),
    dsn: keywords.has('DSN'),
    ...(keywords.has('REQUIRETLS') && { requireTls: true }),
    size: sizeLimit(keywords.get('SIZE')),
  };
}

/** RFC 1870 §4: the parameter is optional and has up to 20 digits; one that is not a number sets no limit. */
function sizeLimit(parameter: string | undefined): number | false {
  if (parameter === undefined) return false;
  return /^\d{1,20}$/.test(parameter) ? Number(parameter) : 0;
}
