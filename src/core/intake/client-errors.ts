export interface ErrorLimits {
  /** With more errors than this since the last message, each further command is answered late. */
  readonly softErrorLimit: number;
  /** With so many errors since the last message a client is turned away. */
  readonly hardErrorLimit: number;
  /** So many commands that bring no mail nearer are allowed between messages; further ones are errors. */
  readonly junkCommandLimit: number;
  /** So many recipients beyond the limit are refused without being counted as errors. */
  readonly recipientOvershootLimit: number;
}

/** Commands that bring no mail nearer. */
const junk = new Set(['HELO', 'EHLO', 'RSET', 'NOOP', 'VRFY']);

/** The errors of a client since its last message, as Postfix counts them. */
export class ClientErrors {
  readonly #limits: ErrorLimits;
  #errors = 0;
  #junk = 0;
  #overshoot = 0;

  constructor(limits: ErrorLimits) {
    this.#limits = limits;
  }

  /** How the next command is treated. */
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
    // RFC 5321 §4.5.3.1.10: too many recipients are no error. The client sends the others later.
    else if ((this.#overshoot += 1) > this.#limits.recipientOvershootLimit) this.#errors += 1;
  }

  /** A message was accepted: the count begins anew. */
  delivered(): void {
    this.#errors = 0;
    this.#junk = 0;
    this.#overshoot = 0;
  }
}
