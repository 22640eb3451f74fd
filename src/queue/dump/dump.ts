/**
 * A queue as text, to keep or to move: JSON, a line each. The first says what this is; a message is one line, and its
 * content follows in base64, a string a line, until there is as much as `size` among its fields says; the last line
 * tells how many messages there were, so that a dump that ends early is noticed. The stored form of a message is
 * included unchanged, with its own version, which is its reader's concern.
 */
const FORMAT = 'dane-relay queue';
const VERSION = 1;

/** A message as it is stored, without its content. */
export interface DumpedMessage {
  readonly queueId: string;
  /** Fields of its hash (keys.ts), without `body` and `left`. */
  readonly fields: Readonly<Record<string, string>>;
  /** Unfinished destinations, with epoch ms, or the mark for a message that the operator has to decide on. */
  readonly due: Readonly<Record<string, number | 'held'>>;
}

export type DumpLine =
  /** `dump` is a name of its own for each export. */
  | { readonly kind: 'start'; readonly dump: string }
  | { readonly kind: 'message'; readonly message: DumpedMessage }
  | { readonly kind: 'content'; readonly bytes: Buffer }
  /** The message was delivered while its content was being read. */
  | { readonly kind: 'gone'; readonly queueId: string }
  | { readonly kind: 'end'; readonly messages: number };

/** This is no dump, or one of an unknown form. */
export class DumpError extends Error {
  override readonly name = 'DumpError';
  readonly code = 'DUMP';
  /** EX_DATAERR of sysexits. */
  readonly exitCode = 65;
}

export function encodeDumpLine(line: DumpLine): string {
  return `${JSON.stringify(plain(line))}\n`;
}

function plain(line: DumpLine): unknown {
  switch (line.kind) {
    case 'start':
      return { format: FORMAT, version: VERSION, dump: line.dump };
    case 'message':
      return { message: line.message.queueId, fields: line.message.fields, due: line.message.due };
    case 'content':
      return line.bytes.toString('base64');
    case 'gone':
      return { gone: line.queueId };
    case 'end':
      return { end: line.messages };
  }
}

/** Throws DumpError. */
export function decodeDumpLine(text: string): DumpLine {
  const value = parse(text);
  if (typeof value === 'string') return { kind: 'content', bytes: Buffer.from(value, 'base64') };
  if (!isObject(value)) throw new DumpError('a line that is neither an object nor content');
  if ('format' in value) return start(value);
  const { message, fields, due, gone, end } = value;
  if (typeof message === 'string' && isObject(fields) && isObject(due)) {
    if (
      !Object.values(fields).every((field) => typeof field === 'string') ||
      !Object.values(due).every(isDue)
    )
      throw new DumpError(`message ${message} has fields of the wrong kind`);
    return { kind: 'message', message: { queueId: message, fields, due } as DumpedMessage };
  }
  if (typeof gone === 'string') return { kind: 'gone', queueId: gone };
  if (typeof end === 'number') return { kind: 'end', messages: end };
  throw new DumpError('a line that is nothing this version knows');
}

function start({ format, version, dump }: Record<string, unknown>): DumpLine {
  if (format !== FORMAT) throw new DumpError(`it is of the format ${String(format)}, not ${FORMAT}`);
  if (version !== VERSION) {
    throw new DumpError(`it is of version ${String(version)}, and this relay knows version ${VERSION}`);
  }
  if (typeof dump !== 'string' || !/^[\w-]+$/.test(dump)) throw new DumpError('its first line has no name');
  return { kind: 'start', dump };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new DumpError('a line that is not JSON');
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isDue(value: unknown): boolean {
  return value === 'held' || (typeof value === 'number' && value >= 0);
}

/** A message with very many recipients is a long line, but a line longer than this is no dump. */
const LONGEST_LINE_BYTES = 64 * 1024 * 1024;

/**
 * Reads a dump line by line, with at most one line and a chunk in memory. Throws DumpError, with the number of the
 * line.
 */
export async function* readDumpLines(source: AsyncIterable<Buffer>): AsyncGenerator<DumpLine> {
  let parts: Buffer[] = [];
  let bytes = 0;
  let number = 0;
  for await (const chunk of source) {
    let from = 0;
    for (let at = chunk.indexOf(0x0a); at !== -1; at = chunk.indexOf(0x0a, from)) {
      number += 1;
      yield numbered(number, Buffer.concat([...parts, chunk.subarray(from, at)]).toString());
      parts = [];
      bytes = 0;
      from = at + 1;
    }
    parts.push(chunk.subarray(from));
    bytes += chunk.length - from;
    if (bytes > LONGEST_LINE_BYTES) throw new DumpError(`line ${number + 1} of the dump does not end`);
  }
  if (bytes > 0) throw new DumpError(`the dump ends in the middle of line ${number + 1}`);
}

function numbered(number: number, text: string): DumpLine {
  try {
    return decodeDumpLine(text);
  } catch (error) {
    if (error instanceof DumpError) throw new DumpError(`line ${number} of the dump: ${error.message}`);
    throw error;
  }
}
