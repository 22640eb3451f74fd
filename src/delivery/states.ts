import type { Attempt } from '../core/delivery/attempt.ts';
import type { RecipientState } from '../core/mail/kept.ts';
import type { Settlement } from '../core/outcome/settle.ts';

/** What an attempt comes to for each recipient, once it is settled. */
export function statesOf({ failed, held }: Settlement): (attempt: Attempt) => RecipientState {
  const givenUp = new Set(failed.map(({ index }) => index));
  const inDoubt = new Set(held.map(({ index }) => index));
  return ({ index, status: { outcome } }) => {
    if (outcome === 'sent') return 'delivered';
    if (inDoubt.has(index)) return 'held';
    if (outcome === 'bounced') return 'bounced';
    return givenUp.has(index) ? 'expired' : 'deferred';
  };
}
