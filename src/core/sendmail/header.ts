import { parseAddressList } from './address-list.ts';
import type { HeaderField } from './header-reader.ts';

const recipientNames = new Set(['to', 'cc', 'bcc']);
const resentNames = new Set(['resent-to', 'resent-cc', 'resent-bcc']);
/** As `message_drop_headers` of Postfix. */
const droppedNames = new Set(['bcc', 'resent-bcc', 'return-path', 'content-length']);

/** The addresses that a header names as recipients: those of Resent fields alone, if there is any of these. */
export function recipientsOf(fields: readonly HeaderField[]): readonly string[] {
  const isResent = fields.some(({ name }) => resentNames.has(name));
  const names = isResent ? resentNames : recipientNames;
  return fields
    .filter(({ name }) => names.has(name))
    .flatMap((field) => addressesIn(bodyOf(field)).map(({ address }) => utf8(address)));
}

/** Without the fields that no recipient may see, and those that others write. */
export function withoutDropped(fields: readonly HeaderField[]): readonly HeaderField[] {
  return fields.filter(({ name }) => !droppedNames.has(name));
}

/** What a header is completed with. */
export interface HeaderFacts {
  /** Envelope sender, with its domain; empty for the null sender. */
  readonly sender: string;
  /** Full name of the sender, if it has one. */
  readonly fullName: string;
  /** What addresses without a domain are completed with; empty: they stay. */
  readonly origin: string;
  /** Of now, as RFC 5322 writes it. */
  readonly date: string;
  /** A msg-id for this message, with its angle brackets. */
  readonly messageId: string;
}

/** Fields with lists of addresses. */
const addressNames = new Set(
  ['from', 'sender', 'reply-to', 'to', 'cc'].flatMap((name) => [name, `resent-${name}`]),
);

/**
 * The header as it goes on, in octets of latin1: a missing From is made, of a message that is sent again the Resent fields,
 * and addresses without a domain get one.
 */
export function completedHeader(fields: readonly HeaderField[], facts: HeaderFacts): string {
  const has = (name: string): boolean => fields.some((field) => field.name === name);
  const isResent = fields.some(({ name }) => name.startsWith('resent-'));
  const made: string[] = [];
  const add = (name: string, body: string): void => {
    if (!has(name.toLowerCase())) made.push(`${name}: ${body}\r\n`);
  };
  if (isResent) {
    add('Resent-From', authorOf(facts));
    add('Resent-Date', facts.date);
    add('Resent-Message-Id', facts.messageId);
  } else add('From', authorOf(facts));
  return [...fields.map((field) => completed(field, facts.origin)), ...made].join('');
}

function authorOf({ sender, fullName, origin }: HeaderFacts): string {
  const author = sender === '' ? `MAILER-DAEMON${origin === '' ? '' : `@${origin}`}` : sender;
  const name = sender === '' ? '' : displayName(fullName);
  return Buffer.from(name === '' ? author : `${name} <${author}>`).toString('latin1');
}

/** A field whose addresses all have a domain. */
function completed(field: HeaderField, origin: string): string {
  if (origin === '' || !addressNames.has(field.name)) return field.text;
  const body = bodyOf(field);
  const ends = addressesIn(body)
    .filter(({ address }) => !address.replace(/^"(?:[^"\\]|\\.)*"/s, '').includes('@'))
    .map(({ end }) => end + 1);
  const parts: string[] = [field.text.slice(0, field.body)];
  let from = 0;
  for (const end of ends) {
    parts.push(body.slice(from, end), `@${origin}`);
    from = end;
  }
  return [...parts, body.slice(from)].join('');
}

/** A full name as RFC 5322 §3.4 wants a display name; other alphabets as RFC 2047 does. */
export function displayName(name: string): string {
  const text = name
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ')
    .trim()
    .slice(0, longestName);
  if (/^[\w!#$%&'*+/=?^`{|}~ -]*$/.test(text)) return text;
  if (/^[ -~]*$/.test(text)) return `"${text.replace(/["\\]/g, '\\$&')}"`;
  return encodedWords(text);
}

const longestName = 200;
/** So much of UTF-8 fits into an encoded word of 75 characters (RFC 2047 §2). */
const wordBytes = 45;

function encodedWords(text: string): string {
  const words: string[] = [];
  let word = '';
  for (const character of text) {
    if (Buffer.byteLength(word + character) > wordBytes) {
      words.push(word);
      word = '';
    }
    word += character;
  }
  return [...words, word].map((one) => `=?utf-8?B?${Buffer.from(one).toString('base64')}?=`).join(' ');
}

function bodyOf({ text, body }: HeaderField): string {
  return text.slice(body);
}

function addressesIn(body: string): ReturnType<typeof parseAddressList> {
  return parseAddressList(body);
}

function utf8(octets: string): string {
  return Buffer.from(octets, 'latin1').toString();
}
