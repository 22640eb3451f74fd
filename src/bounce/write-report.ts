import type { Message } from '../core/mail/message.ts';
import type { Log } from '../core/log/log-event.ts';
import type { Report } from '../core/report/report.ts';
import { composeReport, isAscii } from './compose.ts';
import { messageIdOf, readReturned, type Returned } from './returned.ts';
import { contentUnreadable } from './log-lines.ts';

/** The message that a report is about. */
export interface Reported {
  readonly message: Message;
  readonly content: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

export interface ReportFrame {
  readonly hostname: string;
  /** Queue ID of the report. */
  readonly queueId: string;
  /** Epoch milliseconds. */
  readonly now: number;
  /** The same moment in the form of RFC 5322. */
  readonly date: string;
  /** `queue.bounce_size_limit` */
  readonly limitBytes: number;
  readonly log: Log;
}

/**
 * Makes a report, as a message of our own. If the content of the original message cannot be read, the report goes
 * without it: without a report no outcome could be stored either, and recipients that have the message would get it
 * again.
 */
export async function writeReport(
  report: Report,
  { message: about, content: original }: Reported,
  { hostname, queueId, now, date, limitBytes, log }: ReportFrame,
): Promise<{ readonly message: Message; readonly content: Buffer }> {
  // RFC 8689 §5: of a message that requires TLS the header alone, whatever its sender asked for.
  const { requireTls } = about.envelope;
  const ret = requireTls ? 'HDRS' : about.envelope.ret;
  const returned = await readReturned(original(), {
    mayReturnAll: report.mayReturnAll,
    size: about.size,
    limitBytes,
    ...(ret === undefined ? {} : { ret }),
  }).catch((error: unknown) => {
    log(contentUnreadable(about.queueId, error));
    return withoutContent(about);
  });
  const messageId = `<${queueId}@${hostname}>`;
  const received = `Received: by ${hostname} (dane-relay)\r\n\tid ${queueId}; ${date}`;
  const headers = {
    hostname,
    messageId,
    date,
    references: about.messageId || messageIdOf(returned),
    received,
    tlsOptional: about.tlsOptional === true,
  };
  const composed = await composeReport(report, headers, returned);
  // Nobody could leave out of the report what is in no known place.
  const isLost = requireTls === true && composed.returned === undefined;
  const { content, returned: place } = isLost
    ? await composeReport(report, headers, withoutContent(about))
    : composed;
  const envelope = {
    sender: report.from,
    recipients: [{ address: report.to }],
    // The returned message decides this; a next hop without 8BITMIME must be told.
    body: isAscii(content) ? '7BIT' : '8BITMIME',
    smtpUtf8: report.international,
    ...(requireTls && { requireTls }),
  } as const;
  const message = {
    queueId,
    envelope,
    arrivedAt: now,
    size: content.length,
    messageId,
    ...(requireTls && place && { redactable: place }),
    ...(about.tlsOptional && { tlsOptional: about.tlsOptional }),
  };
  return { message, content };
}

/** What the envelope records of the header. */
function withoutContent({ messageId }: Message): Returned {
  const header = Buffer.from(messageId === '' ? '' : `Message-ID: ${messageId}\r\n`);
  return { kind: 'headers', bytes: header, header };
}
