import { request, type IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';

export interface StatusReply {
  readonly status: number;
  readonly body: string;
}

export interface StatusQuestion {
  readonly method?: 'GET' | 'POST';
  readonly body?: string;
  /** How long the relay may say nothing; 30 s by default. */
  readonly patienceMs?: number;
}

const PATIENCE_MS = 30_000;
/** Octets of an answer: those that are longer are streams. */
const MOST_ANSWER = 64 * 1024 * 1024;

/** Asks a running relay at its socket; undefined if none answers. */
export async function askStatus(
  socketPath: string,
  path: string,
  question: StatusQuestion = {},
): Promise<StatusReply | undefined> {
  try {
    const response = await ask(socketPath, path, question);
    const parts: Buffer[] = [];
    let length = 0;
    for await (const part of response as AsyncIterable<Buffer>) {
      length += part.length;
      if (length > MOST_ANSWER) return undefined;
      parts.push(part);
    }
    return { status: response.statusCode ?? 0, body: Buffer.concat(parts).toString() };
  } catch {
    return undefined;
  }
}

/**
 * The lines of an answer as they come, until it ends or `signal` is aborted. Rejects if no relay runs, or if it answers
 * with something else than 200: StreamRefused.
 */
export async function* streamStatus(
  socketPath: string,
  path: string,
  signal: AbortSignal,
): AsyncGenerator<string, void, void> {
  const response = await ask(socketPath, path, { patienceMs: 0 }, signal);
  if (response.statusCode !== 200) {
    let text = '';
    for await (const part of response as AsyncIterable<Buffer>) text += part.toString();
    throw new StreamRefused(response.statusCode ?? 0, text);
  }
  try {
    yield* createInterface({ input: response, crlfDelay: Infinity });
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    response.destroy();
  }
}

/** A relay runs and does not stream this. */
export class StreamRefused extends Error {
  override readonly name = 'StreamRefused';
  readonly status: number;

  constructor(status: number, text: string) {
    super(text.trim());
    this.status = status;
  }
}

function ask(
  socketPath: string,
  path: string,
  { method = 'GET', body = '', patienceMs = PATIENCE_MS }: StatusQuestion,
  signal?: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = method === 'POST' ? { 'content-length': Buffer.byteLength(body) } : {};
    const asked = request({
      socketPath,
      path,
      method,
      headers,
      timeout: patienceMs,
      ...(signal && { signal }),
    });
    asked.on('response', resolve);
    asked.on('timeout', () => asked.destroy());
    asked.on('error', reject);
    asked.end(body);
  });
}
