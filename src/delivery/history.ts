import type { Attempt } from '../core/delivery/attempt.ts';
import type { CountedSession, History, HistoryLimits, RecordedOutcome } from '../core/mail/history.ts';
import type { KeptLimits, RecipientState } from '../core/mail/kept.ts';
import type { Message } from '../core/mail/message.ts';
import { explain } from '../core/report/explain.ts';
import type { Concluded } from './concluded.ts';
import { keptOf, type SessionOf } from './kept.ts';
import type { Writable } from '../core/writable.ts';
import { statesOf } from './states.ts';

/** A host may write pages. */
const LONGEST_REASON = 500;

/** Tells webhooks of an outcome. */
export type TellOutcome = (
  message: Message,
  address: string,
  outcome: RecordedOutcome,
) => NonNullable<History['events']>;

export interface HistoryMeans {
  readonly limits: HistoryLimits;
  readonly tell?: TellOutcome;
  /** What is kept for the operator; absent: nothing. */
  readonly keep?: { readonly limits: KeptLimits; readonly sessionOf: SessionOf };
  /** The sessions that are counted for reports about TLS; absent: none are. */
  readonly sessionsOf?: (concluded: Concluded) => readonly CountedSession[];
}

/**
 * What is written down beside an outcome: for the submitter of the message, for webhooks, and for the operator.
 * Undefined where nobody follows it.
 */
export function historyOf(
  concluded: Concluded,
  { limits, tell, keep, sessionsOf }: HistoryMeans,
): History | undefined {
  const isAsked = concluded.message.submitter !== undefined;
  const sessions = sessionsOf?.(concluded) ?? [];
  const told: Writable<Pick<History, 'outcomes' | 'events' | 'sessions'>> =
    isAsked || tell !== undefined ? toldOf(concluded, isAsked, tell) : {};
  if (sessions.length > 0) told.sessions = sessions;
  if (keep === undefined)
    return (told.outcomes ?? told.events ?? told.sessions) ? { ...told, limits } : undefined;
  return { ...told, limits, kept: { ...keptOf(concluded, keep.sessionOf), limits: keep.limits } };
}

/** For the submitter, and for webhooks. */
function toldOf(
  concluded: Concluded,
  isAsked: boolean,
  tell: TellOutcome = () => [],
): Pick<History, 'outcomes' | 'events'> {
  const { message, attempts, settlement } = concluded;
  const stateOf = statesOf(settlement);
  const recorded = attempts.map((attempt) => ({
    attempt,
    outcome: recordedOutcome(attempt, stateOf(attempt), concluded),
  }));
  const events = recorded.flatMap(({ attempt, outcome }) =>
    tell(message, attempt.recipient.address, outcome),
  );
  const outcomes = recorded.map(({ attempt, outcome }) => [attempt.index, JSON.stringify(outcome)] as const);
  return { ...(isAsked && { outcomes }), ...(events.length > 0 && { events }) };
}

function recordedOutcome(
  { recipient, status, tls }: Attempt,
  state: RecipientState,
  { count, at }: Pick<Concluded, 'count' | 'at'>,
): RecordedOutcome {
  const { dsn, reason, relay } = status;
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
