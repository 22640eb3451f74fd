import type { Message } from '../core/mail/message.ts';
import { delaysOf } from '../core/outcome/delays.ts';
import { failureReport, reportable, type FailureReport } from '../core/outcome/failure-report.ts';
import type { Log } from '../core/outcome/log-event.ts';
import {
  activeLine,
  bounceLine,
  deliveryLine,
  expiredLine,
  heldLine,
  messageIdLine,
  removedLine,
} from '../core/outcome/log-line.ts';
import type { RetryRules } from '../core/outcome/schedule.ts';
import { settle } from '../core/outcome/settle.ts';
import type { AmbiguousPolicy, Attempt, Mail } from './ports.ts';

/** Progress of a destination of a message, for the queue. */
export interface RetryRecord {
  readonly left: readonly number[];
  readonly attempts: number;
  readonly nextAt: number;
  readonly last: { readonly dsn: string; readonly reason: string };
}

export interface Outcome {
  readonly retry?: RetryRecord;
  /** Recipients (by index) that wait for a word of the operator. */
  readonly held?: { readonly left: readonly number[]; readonly last: RetryRecord['last'] };
  readonly report?: { readonly message: Message; readonly content: Buffer; readonly destination: string };
}

export interface ConcludePorts {
  /** Durable when it resolves; true when the whole message is gone. */
  settle(outcome: Outcome): Promise<boolean>;
  /** Lays a report out as a message of ours. */
  compose(
    report: FailureReport,
    mail: Mail,
  ): Promise<{ readonly message: Message; readonly content: Buffer }>;
  readonly mayExpire: () => boolean;
  /** Where a report to this sender goes. */
  readonly nextHopOf: (mailbox: string) => string;
  readonly reporter: { readonly hostname: string; readonly dateText: (at: number) => string };
  readonly rules: RetryRules;
  readonly ambiguous: AmbiguousPolicy;
  readonly log: Log;
  readonly now: () => number;
  readonly dice: () => number;
}

/** Moments of this attempt that all recipients share, epoch ms. */
export interface AttemptStart {
  readonly activeAt: number;
  readonly handedAt: number;
}

/**
 * What follows from an attempt: the log line of each recipient, the report to the sender, the next attempt. The verdict
 * and the report are stored in one step, so that neither is ever there without the other.
 */
export async function conclude(
  mail: Mail,
  attempts: readonly Attempt[],
  start: AttemptStart,
  ports: ConcludePorts,
): Promise<void> {
  const { message } = mail;
  const { log, now, rules } = ports;
  for (const { recipient, status, stamps, connectionUse } of attempts) {
    const delays = delaysOf({ arrivedAt: message.arrivedAt, ...start, ...stamps });
    log(
      deliveryLine({ queueId: message.queueId, recipient: recipient.address, status, delays, connectionUse }),
    );
  }

  const at = now();
  const { arrivedAt } = message;
  const settlement = settle(attempts, {
    sender: message.envelope.sender,
    arrivedAt,
    now: at,
    dice: ports.dice(),
    rules,
    mayExpire: ports.mayExpire(),
    ambiguous: ports.ambiguous,
  });
  const toReport = reportable(message, settlement.failed);
  const { hostname, dateText } = ports.reporter;
  const reporter = { hostname, date: dateText(at), arrivalDate: dateText(arrivedAt) };
  const report =
    toReport.length === 0
      ? undefined
      : await ports.compose(failureReport(message, toReport, settlement.expired, reporter), mail);
  const { retry, held } = settlement;
  const last = retry?.tried.at(-1)?.status;
  const heldLast = held.at(-1)?.status;
  const gone = await ports.settle({
    ...(retry === undefined || last === undefined
      ? {}
      : {
          retry: {
            left: retry.tried.map(({ index }) => index),
            attempts: mail.attempts + 1,
            nextAt: retry.at,
            last: { dsn: last.dsn, reason: last.reason },
          },
        }),
    ...(heldLast === undefined
      ? {}
      : {
          held: {
            left: held.map(({ index }) => index),
            last: { dsn: heldLast.dsn, reason: heldLast.reason },
          },
        }),
    ...(report === undefined
      ? {}
      : { report: { ...report, destination: ports.nextHopOf(message.envelope.sender) } }),
  });

  if (settlement.expired) log(expiredLine(message));
  if (report !== undefined) {
    log(messageIdLine(report.message.queueId, report.message.messageId));
    log(bounceLine(message.queueId, report.message.queueId));
    log(activeLine(report.message, 1));
  }
  if (held.length > 0) log(heldLine(message.queueId, held.length));
  if (gone) log(removedLine(message.queueId));
}
