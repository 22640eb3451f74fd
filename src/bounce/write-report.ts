import type { Message } from '../core/mail/message.ts';
import type { Log } from '../core/log/log-event.ts';
import type { Report } from '../core/report/report.ts';
import { composeReport, isAscii } from './compose.ts';
import { readReturned, type Returned } from './returned.ts';

/** What a report is about. */
export interface Reported {
  readonly message: Message;
  readonly content: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

export interface ReportFrame {
  readonly hostname: string;
  /** Of the report. */
  readonly queueId: string;
  /** Epoch milliseconds. */
  readonly now: number;
  /** The same as RFC 5322 writes it. */
  readonly date: string;
  /** `queue.bounce_size_limit` */
  readonly limitBytes: number;
  readonly log: Log;
}

/**
 * Makes a report a message of our own. Where the content of the message it is about cannot be read, the report goes without
 * it: without a report there would be no verdict either, and whoever has the message would get it again.
 */
export async function writeReport(
  report: Report,
  { message: about, content: original }: Reported,
  { hostname, queueId, now, date, limitBytes, log }: ReportFrame,
): Promise<{ readonly message: Message; readonly content: Buffer }> {
  const { ret } = about.envelope;
  const returned = await readReturned(original(), {
    mayReturnAll: report.mayReturnAll,
    size: about.size,
    limitBytes,
    ...(ret === undefined ? {} : { ret }),
  }).catch((error: unknown) => {
    const text = `${about.queueId}: cannot read message content for a report: ${String(error)}`;
    const fields = { queueId: about.queueId };
    log({ component: 'bounce', severity: 'error', event: 'content unreadable', text, fields });
    return withoutContent(about);
  });
  const messageId = `<${queueId}@${hostname}>`;
  const received = `Received: by ${hostname} (dane-relay)\r\n\tid ${queueId}; ${date}`;
  const headers = { hostname, messageId, date, references: about.messageId, received };
  const content = await composeReport(report, headers, returned);
  const envelope = {
    sender: report.from,
    recipients: [{ address: report.to }],
    // What is returned decides; a next hop without 8BITMIME must be told.
    body: isAscii(content) ? '7BIT' : '8BITMIME',
    smtpUtf8: report.international,
  } as const;
  return { message: { queueId, envelope, arrivedAt: now, size: content.length, messageId }, content };
}

/** What the envelope knows of the header. */
function withoutContent({ messageId }: Message): Returned {
  const header = Buffer.from(messageId === '' ? '' : `Message-ID: ${messageId}\r\n`);
  return { kind: 'headers', bytes: header, header };
}
