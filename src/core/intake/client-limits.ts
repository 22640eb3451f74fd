export interface ClientRules {
  /** Connections of one client at the same time. 0 means no limit, here and below. */
  readonly clientConnectionCountLimit: number;
  /** Per `anvilRateTimeUnitMs`. */
  readonly clientConnectionRateLimit: number;
  readonly clientMessageRateLimit: number;
  readonly clientRecipientRateLimit: number;
  /** AUTH commands. */
  readonly clientAuthRateLimit: number;
  readonly anvilRateTimeUnitMs: number;
}

/** A limit that a client exceeds, and its count. */
export interface Excess {
  readonly of: 'connections' | 'connection rate' | 'message rate' | 'recipient rate' | 'auth rate';
  readonly count: number;
}

interface Client {
  connections: number;
  /** When the rates began to be counted. */
  since: number;
  connectionRate: number;
  messageRate: number;
  recipientRate: number;
  authRate: number;
}

/** Counts each client address as Postfix's anvil(8) does: rates run for one unit of time from the first event. */
export class ClientLimits {
  readonly #rules: ClientRules;
  readonly #now: () => number;
  readonly #isExempt: (address: string) => boolean;
  readonly #clients = new Map<string, Client>();

  constructor(rules: ClientRules, isExempt: (address: string) => boolean, now: () => number) {
    this.#rules = rules;
    this.#isExempt = isExempt;
    this.#now = now;
  }

  /** Counts a connection. leave() must follow. */
  enter(address: string): Excess | undefined {
    const client = this.#client(address);
    client.connections += 1;
    client.connectionRate += 1;
    const { clientConnectionCountLimit, clientConnectionRateLimit } = this.#rules;
    return (
      this.#check(address, 'connections', client.connections, clientConnectionCountLimit) ??
      this.#check(address, 'connection rate', client.connectionRate, clientConnectionRateLimit)
    );
  }

  leave(address: string): void {
    const client = this.#clients.get(address);
    if (client !== undefined) client.connections -= 1;
  }

  message(address: string): Excess | undefined {
    const count = (this.#client(address).messageRate += 1);
    return this.#check(address, 'message rate', count, this.#rules.clientMessageRateLimit);
  }

  recipient(address: string): Excess | undefined {
    const count = (this.#client(address).recipientRate += 1);
    return this.#check(address, 'recipient rate', count, this.#rules.clientRecipientRateLimit);
  }

  auth(address: string): Excess | undefined {
    const count = (this.#client(address).authRate += 1);
    return this.#check(address, 'auth rate', count, this.#rules.clientAuthRateLimit);
  }

  /** Forgets clients that are gone. Call this now and then. */
  purge(): void {
    for (const [address, client] of this.#clients) {
      if (client.connections === 0 && this.#isStale(client)) this.#clients.delete(address);
    }
  }

  get size(): number {
    return this.#clients.size;
  }

  #check(address: string, of: Excess['of'], count: number, limit: number): Excess | undefined {
    return limit > 0 && count > limit && !this.#isExempt(address) ? { of, count } : undefined;
  }

  #isStale({ since }: Client): boolean {
    return this.#now() - since >= this.#rules.anvilRateTimeUnitMs;
  }

  #client(address: string): Client {
    const known = this.#clients.get(address);
    if (known !== undefined && !this.#isStale(known)) return known;
    const connections = known?.connections ?? 0;
    const fresh = {
      connections,
      since: this.#now(),
      connectionRate: 0,
      messageRate: 0,
      recipientRate: 0,
      authRate: 0,
    };
    this.#clients.set(address, fresh);
    return fresh;
  }
}
