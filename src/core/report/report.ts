import type { Tried } from '../mail/tried.ts';
import { isAscii } from '../mail/address.ts';
import type { Message } from '../mail/message.ts';
import type { ReportKind, Audience, Reporter } from './reporter.ts';
import { reportFields, type FieldGroup } from './report-fields.ts';
import { reportText, type Subject } from './report-text.ts';

/** The content and recipient of a report, before it becomes MIME. */
export interface Report {
  readonly kind: ReportKind;
  readonly audience: Audience;
  /** Envelope sender: the null sender to a sender (RFC 3464 §2), the address of double bounces to the postmaster. */
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  /** The part for people. */
  readonly text: string;
  /** The part for programs. */
  readonly fields: readonly FieldGroup[];
  /** RFC 3461 §4.3: a failure returns the message, as far as it may be; all else is headers only. */
  readonly mayReturnAll: boolean;
  /** RFC 6533 §4: it goes to an address outside ASCII, so all of it may be UTF-8. */
  readonly international: boolean;
}

/** The results of an attempt that somebody may want to hear about. */
export interface Findings {
  /** Refused, or given up. */
  readonly failed: readonly Tried[];
  /** Late, and the sender was not told yet. */
  readonly delayed: readonly Tried[];
  readonly sent: readonly Tried[];
}

/** What the postmaster is told about, in the words of Postfix's notify_classes. */
export type NoticeClass = 'bounce' | '2bounce' | 'delay';

export interface Notices {
  readonly classes: readonly NoticeClass[];
  /** Mailbox of the postmaster. */
  readonly recipient: string;
  /** Envelope sender of the postmaster's copies: if one cannot be delivered, it is not reported again. */
  readonly doubleBounce: string;
}

export interface Reports {
  readonly reports: readonly Report[];
  /** The failed message was itself a report, and nobody is left to tell: the recipient of that report. */
  readonly discarded?: Audience;
}

/**
 * Decides who is told about the results of an attempt. Nobody is told about a failed report, except the postmaster if
 * that is configured.
 */
export function reportsOf(
  message: Message,
  findings: Findings,
  notices: Notices,
  reporter: () => Reporter,
): Reports {
  const { sender } = message.envelope;
  const wants = (...classes: readonly NoticeClass[]): boolean =>
    notices.recipient !== '' && classes.some((each) => notices.classes.includes(each));
  const { failed } = findings;
  if (sender.toLowerCase() === notices.doubleBounce.toLowerCase()) {
    return failed.length === 0 ? { reports: [] } : { reports: [], discarded: 'postmaster' };
  }
  const tell = (kind: ReportKind, audience: Audience, about: readonly Tried[]): readonly Report[] =>
    about.length === 0 ? [] : [reportTo({ kind, audience, message, recipients: about }, notices, reporter())];
  if (sender === '') {
    // RFC 5321 §4.5.5, §6.1: no report about a report.
    if (wants('bounce', '2bounce')) return { reports: tell('failure', 'postmaster', failed) };
    return failed.length === 0 ? { reports: [] } : { reports: [], discarded: 'sender' };
  }
  return {
    reports: [
      ...tell('failure', 'sender', failed.filter(wishes('FAILURE', true))),
      ...(wants('bounce') ? tell('failure', 'postmaster', failed) : []),
      ...tell('delay', 'sender', findings.delayed.filter(wishes('DELAY', true))),
      ...(wants('delay') ? tell('delay', 'postmaster', findings.delayed) : []),
      ...tell('success', 'sender', findings.sent.filter(wantsRelayed)),
    ],
  };
}

/** RFC 3461 §4.1: a sender without a NOTIFY parameter hears about failures and delays. */
function wishes(
  condition: 'FAILURE' | 'DELAY' | 'SUCCESS',
  unasked: boolean,
): (tried: Pick<Tried, 'recipient'>) => boolean {
  return ({ recipient: { notify } }) => (notify === undefined ? unasked : notify.includes(condition));
}

/** RFC 3461 §5.2.2: if the request for a report cannot travel on, this relay is the last that can answer it. */
export function wantsRelayed(tried: Pick<Tried, 'recipient' | 'status'>): boolean {
  return tried.status.withoutDsn === true && wishes('SUCCESS', false)(tried);
}

const subjects: Readonly<Record<Audience, Readonly<Record<ReportKind, string>>>> = {
  sender: {
    failure: 'Undelivered Mail Returned to Sender',
    delay: 'Delayed Mail (still being retried)',
    success: 'Successful Mail Delivery Report',
  },
  postmaster: {
    failure: 'Postmaster Copy: Undelivered Mail',
    delay: 'Postmaster Warning: Delayed Mail',
    success: 'Postmaster Copy: Successful Mail Delivery Report',
  },
};

function reportTo(subject: Subject, notices: Notices, reporter: Reporter): Report {
  const { kind, audience, message } = subject;
  const to = audience === 'sender' ? message.envelope.sender : notices.recipient;
  const international = !isAscii(to);
  return {
    kind,
    audience,
    from: audience === 'sender' ? '' : notices.doubleBounce,
    to,
    subject: subjects[audience][kind],
    text: reportText(subject, reporter),
    fields: reportFields(subject, reporter, international),
    mayReturnAll: kind === 'failure' && audience === 'sender',
    international,
  };
}
