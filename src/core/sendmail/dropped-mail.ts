import type { Notify, Recipient } from '../mail/message.ts';

/** A message in the maildrop: what sendmail(1) was told of it. Its content stands before it in the same file. */
export interface DroppedMail {
  /** As given: without a domain, perhaps; empty for the null sender. */
  readonly sender: string;
  /** Of the sender, for a From field; empty if it has none. */
  readonly fullName: string;
  /** Addresses as given. */
  readonly recipients: readonly Recipient[];
  readonly body: '7BIT' | '8BITMIME';
  readonly ret?: 'FULL' | 'HDRS';
  readonly envid?: string;
  /** RFC 8689 §2. */
  readonly requireTls?: true;
  /** Octets of the content, which has CRLF line ends and no other CR or LF. */
  readonly contentBytes: number;
}

/** An earlier relay would lose what it does not know of an envelope: it leaves version 2 alone. */
const markOf = ({ requireTls }: DroppedMail): string => `dane-relay mail ${requireTls ? 2 : 1}`;
/** `dane-relay mail 1 0000000123\n`: what it is, and the octets of the JSON before it. */
export const endMarkBytes = 'dane-relay mail 1'.length + 12;
/** Some 25,000 recipients. Anybody may write such a file, and reading a larger one would hold the event loop. */
export const longestEnvelopeBytes = 1024 * 1024;
/** Brackets within brackets: recipients, one of them, its conditions. */
const deepest = 4;

/** The envelope is longer than one that is read. */
export class EnvelopeTooLong extends Error {
  override readonly name = 'EnvelopeTooLong';
  readonly code = 'EMSGSIZE';
}

/**
 * What comes behind the content: a line of JSON, and the mark without which a file is not complete. Throws
 * EnvelopeTooLong.
 */
export function encodeDroppedMail(mail: DroppedMail): Buffer {
  const json = Buffer.from(`${JSON.stringify(mail)}\n`);
  if (json.length > longestEnvelopeBytes) throw new EnvelopeTooLong('too many recipients for one message');
  return Buffer.concat([json, Buffer.from(`${markOf(mail)} ${String(json.length).padStart(10, '0')}\n`)]);
}

/** Octets of the JSON before this end of a file; undefined if the file is not one of the maildrop, or not complete. */
export function readEndMark(end: Buffer): number | undefined {
  const [, digits] = /^dane-relay mail [12] (\d{10})\n$/.exec(end.toString('latin1')) ?? [];
  const bytes = Number(digits ?? NaN);
  return bytes <= longestEnvelopeBytes ? bytes : undefined;
}

/**
 * Reads the JSON of a file. Undefined unless it is what encodeDroppedMail() writes: anybody may write files there.
 *
 * @param contentBytes that stand before it
 */
export function decodeDroppedMail(json: Buffer, contentBytes: number): DroppedMail | undefined {
  const value = parsed(json);
  if (value === undefined || value['contentBytes'] !== contentBytes) return undefined;
  const { sender, fullName, recipients, body, ret, envid, requireTls } = value;
  if (!isText(sender) || !isText(fullName) || !isRecipients(recipients)) return undefined;
  if (body !== '7BIT' && body !== '8BITMIME') return undefined;
  if (ret !== undefined && ret !== 'FULL' && ret !== 'HDRS') return undefined;
  if (envid !== undefined && !isText(envid)) return undefined;
  if (requireTls !== undefined && requireTls !== true) return undefined;
  return {
    sender,
    fullName,
    recipients,
    body,
    contentBytes,
    ...(ret !== undefined && { ret }),
    ...(envid !== undefined && { envid }),
    ...(requireTls && { requireTls }),
  };
}

function parsed(json: Buffer): Readonly<Record<string, unknown>> | undefined {
  if (!isShallow(json)) return undefined;
  try {
    const value: unknown = JSON.parse(json.toString());
    return typeof value === 'object' && value !== null
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Whether no brackets are deeper within others than we write them: a parser takes long for a million of them. */
function isShallow(json: Buffer): boolean {
  let depth = 0;
  let isInText = false;
  for (let at = 0; at < json.length; at += 1) {
    const octet = json[at];
    if (isInText) {
      if (octet === backslash) at += 1;
      else if (octet === quote) isInText = false;
    } else if (octet === quote) isInText = true;
    else if (octet === openBracket || octet === openBrace) depth += 1;
    else if (octet === closeBracket || octet === closeBrace) depth -= 1;
    if (depth > deepest) return false;
  }
  return true;
}

const [quote, backslash, openBracket, closeBracket, openBrace, closeBrace] = Buffer.from('"\\[]{}');

/** What fits into a command line and a log line. */
function isText(value: unknown): value is string {
  return typeof value === 'string' && !/\p{Cc}/u.test(value);
}

function isRecipients(value: unknown): value is readonly Recipient[] {
  return Array.isArray(value) && value.length > 0 && value.every(isRecipient);
}

function isRecipient(value: unknown): value is Recipient {
  if (typeof value !== 'object' || value === null) return false;
  const { address, notify, orcpt } = value as Readonly<Record<string, unknown>>;
  return (
    isText(address) && (notify === undefined || isNotify(notify)) && (orcpt === undefined || isText(orcpt))
  );
}

const conditions: readonly unknown[] = ['NEVER', 'SUCCESS', 'FAILURE', 'DELAY'];

function isNotify(value: unknown): value is readonly Notify[] {
  return Array.isArray(value) && value.length > 0 && value.every((one) => conditions.includes(one));
}

/** The alphabet of queue ids, so that ids are ids. */
const alphabet = '0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz';
/** Nobody guesses one (142 bits), and no two are the same. */
const nameLength = 25;
const namePattern = /^[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{25}$/;

/** The name of a message in the maildrop. @param dice so many octets of them as randomNameBytes says */
export function dropName(dice: Uint8Array): string {
  const digits: string[] = [];
  // 256 is no multiple of 52: what is beyond one is thrown again.
  for (const octet of dice) if (octet < 208) digits.push(alphabet.charAt(octet % alphabet.length));
  return digits.slice(0, nameLength).join('').padEnd(nameLength, '0');
}

/** Enough that too many thrown again are as unlikely as a guess. */
export const randomNameBytes = 100;

export function isDropName(name: string): boolean {
  return namePattern.test(name);
}
