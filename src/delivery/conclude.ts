import type { Reporter } from '../core/report/reporter.ts';
import type { Outcome, Settled, WaitingElsewhere, WrittenReport } from '../core/delivery/outcome.ts';
import type { Claim } from '../core/delivery/claim.ts';
import type { Attempt } from '../core/delivery/attempt.ts';
import type { Tried } from '../core/mail/tried.ts';
import type { Message } from '../core/mail/message.ts';
import { tlsAskedBy } from '../core/mail/tls-need.ts';
import type { DeliveryStatus, LastFailure } from '../core/mail/status.ts';
import { delaysOf } from '../core/log/delays.ts';
import type { Log, LogEvent } from '../core/log/log-event.ts';
import {
  activeLine,
  deliveryLine,
  discardedLine,
  expiredLine,
  heldLine,
  messageIdLine,
  notStoredLine,
  removedLine,
  reportLine,
} from '../core/log/log-line.ts';
import { reportsOf, type Findings, type Notices, type Report } from '../core/report/report.ts';
import type { RetryRules } from '../core/outcome/schedule.ts';
import { isLate, settle, type Settlement } from '../core/outcome/settle.ts';
import type { History } from '../core/mail/history.ts';
import type { Concluded } from './concluded.ts';
import type { AmbiguousPolicy } from './ports.ts';

/** Where the outcome of one mail is written down. */
export interface OutcomeStore {
  /** In the queue. */
  readonly destination: string;
  /** Durable when it resolves. */
  settle(outcome: Outcome): Promise<Settled>;
  /** Claims the delay warning for this attempt; undefined if the sender was warned before. */
  warn(): Promise<readonly WaitingElsewhere[] | undefined>;
}

export interface ConcludePorts {
  /** Turns a report into a message of ours. */
  compose(report: Report, mail: Claim): Promise<WrittenReport>;
  readonly mayExpire: () => boolean;
  /** Destination of a report to this mailbox. */
  readonly nextHopOf: (mailbox: string) => string;
  readonly reporter: { readonly hostname: string; readonly dateText: (at: number) => string };
  readonly notices: Notices;
  /** Age at which the sender is warned that the message is late; 0: never. */
  readonly delayWarningMs: number;
  readonly rules: RetryRules;
  /** `delivery.log_tls_feature_status` */
  readonly tlsStatusShown?: boolean;
  readonly ambiguous: AmbiguousPolicy;
  /** What is told of the attempt to those who follow the message; undefined where nobody does. */
  readonly history?: (concluded: Concluded) => Promise<History | undefined>;
  readonly log: Log;
  readonly now: () => number;
  readonly dice: () => number;
}

/** Moments of this attempt that all recipients share, epoch ms. */
export interface AttemptStart {
  readonly activeAt: number;
  readonly handedAt: number;
  /** Indexes of the recipients whose line was written during the attempt. */
  readonly told?: ReadonlySet<number>;
}

/** The line of one recipient. */
export function attemptLine(
  message: Message,
  { recipient, status, stamps, connectionUse, tls, trust, exception, component = 'smtp' }: Attempt,
  { activeAt, handedAt }: AttemptStart,
  tlsShown: boolean,
): LogEvent {
  const { queueId, arrivedAt } = message;
  const { transactionAt, doneAt } = stamps;
  const delays = delaysOf({ arrivedAt, activeAt, handedAt, transactionAt, doneAt });
  return deliveryLine({
    queueId,
    recipient,
    status,
    delays,
    connectionUse,
    component,
    tls,
    trust,
    exception,
    tlsAsked: tlsAskedBy(message),
    tlsShown,
  });
}

/**
 * Concludes an attempt: writes the log line of each recipient, composes the reports to sender and postmaster, and sets
 * the next attempt. The outcome and the reports are stored in one step, so that neither ever exists without the other.
 */
export async function conclude(
  mail: Claim,
  attempts: readonly Attempt[],
  start: AttemptStart,
  store: OutcomeStore,
  ports: ConcludePorts,
): Promise<void> {
  const { message } = mail;
  const { log, now, rules } = ports;
  for (const attempt of attempts) {
    if (start.told?.has(attempt.index)) continue;
    log(attemptLine(message, attempt, start, ports.tlsStatusShown === true));
  }

  const at = now();
  const settlement = settle(attempts, {
    sender: message.envelope.sender,
    arrivedAt: message.arrivedAt,
    now: at,
    dice: ports.dice(),
    rules: message.tlsReport === true ? rulesOfReports(rules) : rules,
    mayExpire: ports.mayExpire(),
    forceExpired: mail.forceExpired !== undefined,
    ambiguous: ports.ambiguous,
  });
  const late = isLate(mail, settlement, at, ports.delayWarningMs);
  // If this question gets no answer, the next attempt asks it again: it must not keep this outcome from being stored.
  const told = late ? await lateRecipients(settlement, store).catch(() => undefined) : undefined;
  const findings: Findings = {
    failed: settlement.failed,
    delayed: told ?? [],
    sent: [...(mail.relayed ?? []), ...attempts.filter(({ status }) => status.outcome === 'sent')],
  };
  const { reports, discarded } = reportsOf(message, findings, ports.notices, () =>
    reporterAt(at, mail, ports),
  );
  const written = reports.length === 0 ? [] : await writtenReports(reports, mail, ports);
  const warned = told !== undefined || mail.warned === true;
  const count = mail.attempts + 1;
  const history = await ports.history?.({
    message,
    destination: store.destination,
    attempts,
    settlement,
    count,
    at,
  });
  const outcome = outcomeOf(mail, settlement, warned, written);
  const settled = await store.settle(history === undefined ? outcome : { ...outcome, history });
  if (settled === 'not ours' || settled === 'unknown') {
    log(notStoredLine(message.queueId, settled));
    return;
  }

  if (settlement.expired) log(expiredLine(message, mail.forceExpired !== undefined));
  for (const { report, message: told } of written) {
    log(messageIdLine(told.queueId, told.messageId));
    log(reportLine(message.queueId, told.queueId, report));
    log(activeLine(told, 1));
  }
  if (discarded !== undefined) log(discardedLine(message.queueId, discarded));
  if (settlement.held.length > 0) log(heldLine(message.queueId, settlement.held.length));
  if (settled === 'gone') log(removedLine(message.queueId));
}

/** RFC 8460 §5.5. */
const REPORT_LIFETIME_MS = 24 * 3_600_000;

function rulesOfReports(rules: RetryRules): RetryRules {
  return { ...rules, lifetimeMs: Math.min(rules.lifetimeMs, REPORT_LIFETIME_MS) };
}

function writtenReports(
  reports: readonly Report[],
  mail: Claim,
  ports: ConcludePorts,
): Promise<readonly (WrittenReport & { readonly report: Report; readonly destination: string })[]> {
  return Promise.all(
    reports.map(async (report) => ({
      report,
      ...(await ports.compose(report, mail)),
      destination: ports.nextHopOf(report.to),
    })),
  );
}

function reporterAt(
  at: number,
  { message: { arrivedAt }, forceExpired }: Claim,
  { reporter, rules }: ConcludePorts,
): Reporter {
  const { hostname, dateText } = reporter;
  return {
    hostname,
    date: dateText(at),
    arrivalDate: dateText(arrivedAt),
    retryUntil: dateText(arrivedAt + rules.lifetimeMs),
    isEnded: forceExpired !== undefined,
  };
}

/** There is one warning for each message. It names the recipients that wait for other destinations too. */
async function lateRecipients({ retry }: Settlement, store: OutcomeStore): Promise<readonly Tried[]> {
  const elsewhere = await store.warn();
  if (elsewhere === undefined) return [];
  const others = elsewhere.map(({ index, recipient, last }): Tried => {
    return { index, recipient, status: { outcome: 'deferred', scope: 'message', ...last } };
  });
  return [...(retry?.tried ?? []), ...others].toSorted((one, other) => one.index - other.index);
}

function outcomeOf(
  { attempts }: Claim,
  { retry, held }: Settlement,
  warned: boolean,
  written: readonly (WrittenReport & { readonly destination: string })[],
): Outcome {
  const last = retry?.tried.at(-1)?.status;
  const heldLast = held.at(-1)?.status;
  return {
    ...(retry === undefined || last === undefined
      ? {}
      : {
          retry: {
            left: retry.tried.map(({ index }) => index),
            attempts: attempts + 1,
            nextAt: retry.at,
            last: lastFailure(last),
            ...(warned && { warned }),
          },
        }),
    ...(heldLast === undefined
      ? {}
      : { held: { left: held.map(({ index }) => index), last: lastFailure(heldLast) } }),
    ...(written.length === 0
      ? {}
      : {
          reports: written.map(({ message, content, destination }) => ({ message, content, destination })),
        }),
  };
}

function lastFailure({ dsn, reason, remote, tlsFault }: DeliveryStatus): LastFailure {
  return {
    dsn,
    reason,
    ...(remote !== undefined && { remote }),
    ...(tlsFault !== undefined && { tlsFault }),
  };
}
