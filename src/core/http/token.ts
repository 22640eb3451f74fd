import { createHash, timingSafeEqual } from 'node:crypto';
import { type Mailbox, parseDomain, parseMailbox, plainLocalPart, printMailbox } from '../mail/address.ts';

/** Who may submit mail over HTTP, and how much: a line of the token file. The token itself is nowhere but with its holder. */
export interface AccessToken {
  /** As the log calls its holder. */
  readonly name: string;
  /** SHA-256 of the token, hexadecimal. It has 256 random bits, so that a slow hash would make it no safer. */
  readonly sha256: string;
  /** Mailboxes, `@domain`s and `<>` that it may send from; empty: any. */
  readonly senders: readonly string[];
  /** Messages a minute; 0: no limit. */
  readonly rate: number;
  /** Octets of a message; 0: as much as the relay takes. */
  readonly sizeBytes: number;
}

/** A token as it is shown once, to whoever asked for it. @param secret 32 random octets */
export function tokenText(secret: Buffer): string {
  return `dr_${secret.toString('base64url')}`;
}

export function tokenHash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export function isTokenName(text: string): boolean {
  return /^[\w.@+-]{1,64}$/.test(text);
}

/** `a@example.org`, `@example.org` or `<>` as it is compared; undefined if it is none of them. */
export function senderRule(text: string): string | undefined {
  if (text === '<>') return text;
  if (text.startsWith('@')) {
    const domain = parseDomain(text.slice(1));
    return domain === undefined ? undefined : `@${domain}`;
  }
  const mailbox = parseMailbox(text);
  return mailbox === undefined ? undefined : comparable(mailbox);
}

function comparable({ localPart, domain }: Mailbox): string {
  return printMailbox({ localPart: plainLocalPart(localPart), domain }).toLowerCase();
}

/** @param sender as MAIL FROM has it after parsing; empty is the null sender */
export function maySendFrom({ senders }: Pick<AccessToken, 'senders'>, sender: string): boolean {
  if (senders.length === 0) return true;
  if (sender === '') return senders.includes('<>');
  const mailbox = parseMailbox(sender);
  // The dialogue may read more out of other texts, and something else than is compared here.
  if (mailbox === undefined) return false;
  return senders.includes(comparable(mailbox)) || senders.includes(`@${mailbox.domain.toLowerCase()}`);
}

/** The tokens of a file, and what is wrong with other lines of it. */
export interface TokenFile {
  readonly tokens: readonly AccessToken[];
  /** `FILE:LINE: …`, one for each line that makes no sense. */
  readonly problems: readonly string[];
}

/** Reads the lines of a token file: a JSON object in each. A line that makes no sense takes no other with it. */
export function parseTokenFile(text: string, file: string): TokenFile {
  const tokens: AccessToken[] = [];
  const problems: string[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const token = parseLine(line);
    if (typeof token === 'string') problems.push(`${file}:${index + 1}: ${token}`);
    else if (tokens.some(({ name }) => name === token.name))
      problems.push(`${file}:${index + 1}: a second token of the name ${token.name}`);
    else tokens.push(token);
  }
  return { tokens, problems };
}

export function printTokenFile(tokens: readonly AccessToken[]): string {
  return tokens.map((token) => `${JSON.stringify(token)}\n`).join('');
}

/** Finds whose token a text is. All are compared, each in constant time. */
export function findToken(tokens: readonly AccessToken[], text: string): AccessToken | undefined {
  const asked = Buffer.from(tokenHash(text), 'hex');
  let found: AccessToken | undefined;
  for (const token of tokens) {
    if (timingSafeEqual(Buffer.from(token.sha256, 'hex'), asked)) found = token;
  }
  return found;
}

function parseLine(line: string): AccessToken | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return 'no JSON object';
  }
  if (typeof value !== 'object' || value === null) return 'no JSON object';
  const { name, sha256, senders = [], rate = 0, sizeBytes = 0 } = value as Record<string, unknown>;
  if (typeof name !== 'string' || !isTokenName(name)) return 'no "name" of letters, digits and . _ - + @';
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256)) return 'no "sha256" of 64 hex digits';
  if (!isCount(rate)) return 'a "rate" that is no whole number';
  if (!isCount(sizeBytes)) return 'a "sizeBytes" that is no whole number';
  if (!Array.isArray(senders)) return '"senders" that are no list';
  const rules = senders.map((sender) => (typeof sender === 'string' ? senderRule(sender) : undefined));
  const known = rules.filter((rule) => rule !== undefined);
  // A rule that cannot be read must not leave a token without one.
  if (known.length < rules.length) return '"senders" that are neither mailboxes, @domains nor <>';
  return { name, sha256, senders: known, rate, sizeBytes };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
