import { longestName } from '../users/users-file.ts';

interface Count {
  failures: number;
  /** Of the last one. */
  at: number;
}

/** A failure is forgotten when no other has followed for so long. */
const memoryMs = 10 * 60_000;
/** Addresses and users that are counted. */
const mostCounted = 10_000;
/** The longest wait is so many times the first one. */
const mostDoubled = 16;
/** A client is turned away that fails so often in one session. */
export const mostFailures = 5;

/** Counts logins that failed, by address and by user, whether there is such a user or not. */
export class LoginFailures {
  readonly #firstDelayMs: number;
  readonly #counts = new Map<string, Count>();

  /** @param firstDelayMs for which a client waits the first time */
  constructor(firstDelayMs: number) {
    this.#firstDelayMs = firstDelayMs;
  }

  /**
   * Counts a failure. Returns for how many milliseconds the client waits for the reply: twice as long each time, of its
   * address or of the user that it wants to be.
   *
   * @param now milliseconds of any clock
   */
  count(address: string, user: string | undefined, now: number): number {
    // A client may call itself what takes kilobytes: those who are nobody are counted together.
    const name = user === undefined || user.length <= longestName ? user?.toLowerCase() : '';
    const keys = [`address ${address}`, ...(name === undefined ? [] : [`user ${name}`])];
    const counts = keys.map((key) => this.#increment(key, now));
    return this.#firstDelayMs * Math.min(mostDoubled, 2 ** (Math.max(...counts) - 1));
  }

  get size(): number {
    return this.#counts.size;
  }

  #increment(key: string, now: number): number {
    const known = this.#counts.get(key);
    const failures = known === undefined || now - known.at > memoryMs ? 1 : known.failures + 1;
    // The one that was counted longest ago is at the front.
    this.#counts.delete(key);
    this.#counts.set(key, { failures, at: now });
    if (this.#counts.size > mostCounted) this.#counts.delete(this.#counts.keys().next().value ?? '');
    return failures;
  }
}
