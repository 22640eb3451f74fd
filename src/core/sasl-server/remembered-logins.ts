import { createHmac } from 'node:crypto';

/** Web applications log in for every message; nobody else gains by a guess that was right a while ago. */
const memoryMs = 5 * 60_000;
const mostRemembered = 1000;

/** Logins that were right, each as a digest with a key of this process: nobody can read a password out of it. */
export class RememberedLogins {
  readonly #key: Buffer;
  readonly #until = new Map<string, number>();

  /** @param key random, and nobody else's */
  constructor(key: Buffer) {
    this.#key = key;
  }

  /** What a user and a password are known by here. */
  digest(user: string, password: string): string {
    // Neither a name nor a password can be moved over the length between them.
    return createHmac('sha256', this.#key)
      .update(`${Buffer.byteLength(user)}:${user}${password}`)
      .digest('base64');
  }

  /** @param now milliseconds of any clock */
  remember(digest: string, now: number): void {
    this.#until.delete(digest);
    this.#until.set(digest, now + memoryMs);
    if (this.#until.size > mostRemembered) this.#until.delete(this.#until.keys().next().value ?? '');
  }

  has(digest: string, now: number): boolean {
    const until = this.#until.get(digest);
    if (until === undefined) return false;
    if (until > now) return true;
    this.#until.delete(digest);
    return false;
  }

  get size(): number {
    return this.#until.size;
  }

  /** The users have changed. */
  forget(): void {
    this.#until.clear();
  }
}
