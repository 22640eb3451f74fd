/** An answer to a challenge, in base64, or why there is none. */
export type Step = { readonly response: string } | { readonly problem: string };

/** The client's side of a login (RFC 4954 §4), from AUTH to the reply that ends it. */
export interface Exchange {
  /** What goes with the AUTH command, in base64; absent where the server speaks first. */
  readonly initial?: string;
  /** Takes what follows `334 `. */
  next(challenge: string): Promise<Step>;
  /** The server says that we are in. What is wrong with that, if anything. */
  finish(): string | undefined;
}

/** The words of the Cyrus library. */
export const badProtocol = 'bad protocol / cancel';

export function toBase64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}

/** Undefined if it is not base64 (RFC 4954 §4). */
export function fromBase64(text: string): string | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes.toString('utf8') : undefined;
}
