export interface ErrorLimits {
  /** Errors since the last message above which each further command is answered late. */
  readonly softErrorLimit: number;
  /** Errors since the last message at which a client is sent away. */
  readonly hardErrorLimit: number;
  /** Commands since the last message that bring no mail nearer; further ones are errors. */
  readonly junkCommandLimit: number;
  /** Recipients beyond the limit that are refused without being counted as errors. */
  readonly recipientOvershootLimit: number;
}

/** Commands that bring no mail nearer. */
const junk = new Set(['HELO', 'EHLO', 'RSET', 'NOOP', 'VRFY']);

/** How a client behaves, as Postfix counts it. */
export class ClientErrors {
  readonly #limits: ErrorLimits;
  #errors = 0;
  #junk = 0;
  #overshoot = 0;

  constructor(limits: ErrorLimits) {
    this.#limits = limits;
  }

  /** What the next command is met with. */
  get reaction(): 'obey' | 'delay' | 'dismiss' {
    if (this.#errors >= this.#limits.hardErrorLimit) return 'dismiss';
    return this.#errors > this.#limits.softErrorLimit ? 'delay' : 'obey';
  }

  command(verb: string): void {
    if (!junk.has(verb)) return;
    this.#junk += 1;
    if (this.#junk > this.#limits.junkCommandLimit) this.#errors += 1;
  }

  /** A reply of 4xx or 5xx. */
  refused(reply: string): void {
    if (!reply.startsWith('452')) this.#errors += 1;
    // RFC 5321 §4.5.3.1.10: one recipient too many is no error of the client, which sends the others later.
    else if ((this.#overshoot += 1) > this.#limits.recipientOvershootLimit) this.#errors += 1;
  }

  /** A message was taken: all is forgiven. */
  delivered(): void {
    this.#errors = 0;
    this.#junk = 0;
    this.#overshoot = 0;
  }
}
