export interface SenderRules {
  /** Per `anvilRateTimeUnitMs`. 0 means no limit, here and below. */
  readonly userMessageRateLimit: number;
  readonly userRecipientRateLimit: number;
  readonly senderDomainMessageRateLimit: number;
  readonly senderDomainRecipientRateLimit: number;
  readonly anvilRateTimeUnitMs: number;
}

/** In whose name a message is sent. */
export interface SenderNames {
  /** Login name; absent if the client has not logged in. */
  readonly user?: string | undefined;
  /** Domain of the envelope sender; empty for the null sender, which has no limit of its own. */
  readonly domain: string;
}

/** A limit that is exceeded, by whom, and the count. */
export interface SenderExcess {
  readonly of: 'user' | 'sender domain';
  readonly what: 'messages' | 'recipients';
  readonly name: string;
  readonly count: number;
}

interface Counter {
  /** When its counts began. */
  since: number;
  messages: number;
  recipients: number;
}

/** Names that are counted apart. A client may send in any name, so further ones are counted as one. */
const mostNames = 10_000;

/** Counts messages and recipients for each login name and each sender domain, in units of time as anvil(8) does. */
export class SenderLimits {
  readonly #rules: SenderRules;
  readonly #now: () => number;
  readonly #counters = new Map<string, Counter>();

  constructor(rules: SenderRules, now: () => number) {
    this.#rules = rules;
    this.#now = now;
  }

  message(names: SenderNames): SenderExcess | undefined {
    return this.#count('messages', names);
  }

  recipient(names: SenderNames): SenderExcess | undefined {
    return this.#count('recipients', names);
  }

  /** Forgets names that were not used lately. Call this now and then. */
  purge(): void {
    for (const [key, counter] of this.#counters) if (this.#isStale(counter)) this.#counters.delete(key);
  }

  get size(): number {
    return this.#counters.size;
  }

  #count(what: SenderExcess['what'], { user, domain }: SenderNames): SenderExcess | undefined {
    const { userMessageRateLimit, userRecipientRateLimit } = this.#rules;
    const { senderDomainMessageRateLimit, senderDomainRecipientRateLimit } = this.#rules;
    const isMessage = what === 'messages';
    const ofUser = isMessage ? userMessageRateLimit : userRecipientRateLimit;
    const ofDomain = isMessage ? senderDomainMessageRateLimit : senderDomainRecipientRateLimit;
    if (ofUser === 0 && ofDomain === 0) return undefined;
    const checks = [
      { of: 'user', name: user ?? '', limit: ofUser },
      { of: 'sender domain', name: domain, limit: ofDomain },
    ] as const;
    let excess: SenderExcess | undefined;
    for (const { of, name, limit } of checks) {
      if (limit === 0 || name === '') continue;
      const counter = this.#counter(`${of} ${name}`, of);
      counter[what] += 1;
      if (counter[what] > limit) excess ??= { of, what, name, count: counter[what] };
    }
    return excess;
  }

  #counter(key: string, of: SenderExcess['of']): Counter {
    const known = this.#counters.get(key);
    if (known !== undefined && !this.#isStale(known)) return known;
    if (known === undefined && this.#counters.size >= mostNames) {
      this.purge();
      // One counter for all names of a kind that find no place: they cannot escape their limit by being many.
      if (this.#counters.size >= mostNames && key !== of) return this.#counter(of, of);
    }
    const fresh = { since: this.#now(), messages: 0, recipients: 0 };
    this.#counters.set(key, fresh);
    return fresh;
  }

  #isStale({ since }: Counter): boolean {
    return this.#now() - since >= this.#rules.anvilRateTimeUnitMs;
  }
}
