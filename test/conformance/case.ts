import type { Case as DemoCase } from '../demo/cases.ts';
import type { MtaOutcome } from './mta.ts';

/** A destination of a lab, and what must become of a mail to `user@DOMAIN`. */
export interface KitCase {
  readonly domain: string;
  readonly what: string;
  /** The host that gets the mail, as the lab names it; absent: none may have it. */
  readonly host?: string;
  /** Other hosts of the destination, where the mail must not come. */
  readonly others: readonly string[];
  readonly outcome: MtaOutcome;
  /** How many mails come to the host. */
  readonly mails: number;
  /** The domain publishes nothing, so that a host may have mail without being known, and even in clear. */
  readonly mayBeInClear: boolean;
  /** Why another mail server is known to do otherwise; then no word of danger is said of a certificate it accepts. */
  readonly knownDifference?: string;
}

/** A case of the demo. Where no mail may come, its host is one of the others. */
export function caseOfDemo({ domain, what, host, expected }: DemoCase): KitCase {
  const { outcome, mails, unauthenticated } = expected;
  const [gets, not] = mails > 0 ? [host, undefined] : [undefined, host];
  return {
    domain,
    what,
    ...(gets !== undefined && { host: gets }),
    others: not === undefined ? [] : [not],
    outcome: outcomeOfDemo(outcome),
    mails,
    mayBeInClear: unauthenticated,
  };
}

/** `sent 2.0.0 Verified` as the kit has it. */
function outcomeOfDemo(text: string): MtaOutcome {
  if (text.startsWith('sent')) return 'delivered';
  return text.startsWith('deferred') ? 'waits' : 'returned';
}
