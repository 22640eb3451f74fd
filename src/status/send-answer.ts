import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { BodyRefused, type StatusAnswer, type WholeAnswer } from './route.ts';

/** Octets of a body that are read. */
export const MOST_BODY = 64 * 1024;
/** A reader of a stream takes what is there for it within so long, or is dropped. */
export const READER_MS = 15_000;

/** Reads a body of up to MOST_BODY octets. Throws BodyRefused, or an error if the client hangs up. */
export async function readBody(incoming: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of incoming.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > MOST_BODY) throw new BodyRefused(`a body has ${MOST_BODY} octets at most`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

/** Sends an answer whose body is at hand. */
export function sendWhole({ status, type, headers, body }: WholeAnswer, response: ServerResponse): void {
  const length = String(Buffer.byteLength(body));
  response.writeHead(status, { 'content-type': type, 'content-length': length, ...headers }).end(body);
}

/** Whoever a stream is for. */
interface Reader {
  /** Aborted when it is gone. */
  readonly signal: AbortSignal;
  readonly readerMs: number;
}

/**
 * Sends a stream until it ends or its reader is gone. Whoever does not read is dropped: what is meant for it must not
 * pile up here.
 */
export async function sendStream(
  { status, type, headers, body }: StatusAnswer & { readonly body: AsyncIterable<string> },
  response: ServerResponse,
  reader: Reader,
): Promise<void> {
  // The reader is watched by what it takes, and may wait for what comes.
  response.socket?.setTimeout(0);
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', ...headers });
  response.flushHeaders();
  for await (const piece of body) {
    if (reader.signal.aborted) return;
    if (!response.write(piece) && !(await drained(response, reader))) return;
  }
  response.end();
}

/** False if the reader is gone, or was too slow. */
async function drained(response: ServerResponse, { signal, readerMs }: Reader): Promise<boolean> {
  const late = setTimeout(() => response.destroy(), readerMs);
  try {
    await once(response, 'drain', { signal });
    return true;
  } catch {
    return false;
  } finally {
    clearTimeout(late);
  }
}
