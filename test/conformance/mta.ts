import type { Lab } from '../lab/lab.ts';

/**
 * What the kit must know of a mail server that delivers by DANE: five verbs. What a mail server did is not asked of it
 * but of the hosts of the lab, so that no log has to be read for that.
 */
export interface MtaAdapter {
  readonly name: string;
  /** Why it cannot run on this machine; undefined if it can. */
  obstacle(): string | undefined;
  /**
   * Starts it in the lab: it asks `lab.dnsServer` or a resolver of its own that validates with the trust anchor of the lab,
   * delivers to port `lab.port`, uses DANE wherever a domain publishes it, and opportunistic TLS elsewhere.
   */
  start(lab: Lab): Promise<RunningMta>;
}

export interface RunningMta {
  /** What it calls itself: name and version. */
  readonly version: string;
  /** Hands over one mail with the null sender; resolves to a name for it, or to `refused` where it was not taken. */
  submit(recipient: string): Promise<Submitted>;
  /** What it has decided about the mail by now, and how often it has decided. */
  outcome(id: string): Promise<Decision>;
  /** Tries everything that waits, now. */
  flush(): Promise<void>;
  stop(): Promise<void>;
}

export interface Decision {
  readonly outcome: MtaOutcome;
  /** Attempts that came to an end. */
  readonly attempts: number;
}

export type Submitted = { readonly kind: 'taken'; readonly id: string } | { readonly kind: 'refused' };

/** `open`: it has not come to a decision. `waits`: it tries again later. `returned`: it has given up. */
export type MtaOutcome = 'open' | 'delivered' | 'waits' | 'returned';
