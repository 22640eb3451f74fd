import type { Attempt } from '../core/delivery/attempt.ts';
import type { History, HistoryLimits, RecordedOutcome } from '../core/mail/history.ts';
import type { Message } from '../core/mail/message.ts';
import type { Settlement } from '../core/outcome/settle.ts';
import { explain } from '../core/report/explain.ts';

/** An attempt that has come to its end. */
export interface Concluded {
  readonly message: Message;
  readonly attempts: readonly Attempt[];
  readonly settlement: Settlement;
  /** Attempts of the message at this destination, this one included. */
  readonly count: number;
  /** Epoch ms. */
  readonly at: number;
}

/** A host may write pages. */
const LONGEST_REASON = 500;

/** Tells webhooks of an outcome. */
export type TellOutcome = (
  message: Message,
  address: string,
  outcome: RecordedOutcome,
) => NonNullable<History['events']>;

/** What its submitter can ask about after an attempt, and what webhooks are told; undefined where nobody is. */
export function historyOf(
  concluded: Concluded,
  limits: HistoryLimits,
  tell: TellOutcome = () => [],
): History | undefined {
  const { message, attempts } = concluded;
  const recorded = attempts.map((attempt) => ({ attempt, outcome: recordedOutcome(attempt, concluded) }));
  const events = recorded.flatMap(({ attempt, outcome }) =>
    tell(message, attempt.recipient.address, outcome),
  );
  const outcomes = recorded.map(({ attempt, outcome }) => [attempt.index, JSON.stringify(outcome)] as const);
  const isAsked = message.submitter !== undefined;
  if (!isAsked && events.length === 0) return undefined;
  return { limits, ...(isAsked && { outcomes }), ...(events.length > 0 && { events }) };
}

export function recordedOutcome(
  { index, recipient, status, tls }: Attempt,
  { settlement, count, at }: Pick<Concluded, 'settlement' | 'count' | 'at'>,
): RecordedOutcome {
  const { dsn, reason, relay } = status;
  const state = stateOf(index, status.outcome, settlement);
  return {
    state,
    at,
    attempts: count,
    dsn,
    reason: reason.slice(0, LONGEST_REASON),
    ...(relay !== undefined && { relay }),
    ...(tls !== undefined && { tls }),
    ...(state !== 'delivered' && { explanation: explain(status, recipient.address).what }),
  };
}

function stateOf(
  index: number,
  outcome: Attempt['status']['outcome'],
  { failed, held }: Settlement,
): RecordedOutcome['state'] {
  const has = (some: readonly { readonly index: number }[]): boolean =>
    some.some((one) => one.index === index);
  if (outcome === 'sent') return 'delivered';
  if (has(held)) return 'held';
  if (outcome === 'bounced') return 'bounced';
  return has(failed) ? 'expired' : 'deferred';
}
