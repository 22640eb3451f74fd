import { setImmediate as turn } from 'node:timers/promises';
import { JSONParser, TokenType } from '@streamparser/json';
import type { MemoryShare } from '../core/memory-budget.ts';
import { badRequest, type Problem } from './problem.ts';

/** Nothing that is asked for here is deeper, or has so many parts. */
const MOST_DEPTH = 8;
const MOST_TOKENS = 20_000;
/** So much is read before others get their turn. */
const PIECE_BYTES = 16 * 1024;
/** What a text takes in memory: as octets, as text, and decoded. */
const COPIES = 3;

/**
 * Reads a request in JSON piece by piece: `JSON.parse()` would hold everything up for as long as a large one takes. The
 * iterable may throw, and so does this then.
 *
 * @param share the memory that it takes is taken from here
 */
export async function readJson(
  body: AsyncIterable<Buffer>,
  limitBytes: number,
  share: MemoryShare,
): Promise<{ readonly value: unknown } | { readonly problem: Problem }> {
  const reading = new Reading();
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > limitBytes) return { problem: tooLarge(limitBytes) };
    if (!share.grow(COPIES * chunk.length)) return { problem: noRoom };
    for (let at = 0; at < chunk.length; at += PIECE_BYTES) {
      const flaw = reading.push(chunk.subarray(at, at + PIECE_BYTES));
      if (flaw !== undefined) return { problem: badRequest(flaw) };
      await turn();
    }
  }
  const flaw = reading.end();
  return flaw === undefined ? { value: reading.value } : { problem: badRequest(flaw) };
}

export function tooLarge(limitBytes: number): Problem {
  const detail = `a request in JSON may have ${limitBytes} octets (http.json_size_limit); larger messages may come as message/rfc822`;
  return { status: 413, kind: 'too-large', detail };
}

export const noRoom: Problem = {
  status: 503,
  kind: 'relay-full',
  detail: 'what clients have open takes all the memory that there is for it',
  retryAfter: 5,
};

class Reading {
  value: unknown;
  #isWhole = false;
  #tokens = 0;
  #depth = 0;
  #flaw: string | undefined;
  readonly #parser = new JSONParser({ stringBufferSize: 64 * 1024, paths: ['$'], keepStack: false });

  constructor() {
    this.#parser.onToken = ({ token }) => this.#count(token);
    this.#parser.onValue = ({ value }) => {
      this.value = value;
      this.#isWhole = true;
    };
  }

  /** What is wrong with it, if anything is. */
  push(octets: Buffer): string | undefined {
    return this.#try(() => this.#parser.write(octets));
  }

  end(): string | undefined {
    const flaw = this.#isWhole ? this.#flaw : this.#try(() => this.#parser.end());
    return flaw ?? (this.#isWhole ? undefined : 'the JSON ends too early');
  }

  #try(work: () => void): string | undefined {
    if (this.#flaw !== undefined) return this.#flaw;
    try {
      work();
    } catch (error) {
      this.#flaw = error instanceof TooMuch ? error.message : 'this is no JSON';
    }
    return this.#flaw;
  }

  #count(token: TokenType): void {
    this.#tokens += 1;
    if (token === TokenType.LEFT_BRACE || token === TokenType.LEFT_BRACKET) this.#depth += 1;
    if (token === TokenType.RIGHT_BRACE || token === TokenType.RIGHT_BRACKET) this.#depth -= 1;
    if (this.#depth > MOST_DEPTH) throw new TooMuch(`the JSON is more than ${MOST_DEPTH} levels deep`);
    if (this.#tokens > MOST_TOKENS) throw new TooMuch(`the JSON has more than ${MOST_TOKENS} parts`);
  }
}

class TooMuch extends Error {}
