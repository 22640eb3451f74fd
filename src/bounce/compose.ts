import MimeNode from 'nodemailer/lib/mime-node';
import type { FailureReport } from '../core/outcome/failure-report.ts';

export interface ReportHeaders {
  /** Host part of MAILER-DAEMON and of the Message-ID. */
  readonly hostname: string;
  /** With angle brackets. */
  readonly messageId: string;
  readonly date: string;
  /** Message-ID of the message that failed, or the empty string. */
  readonly references: string;
  /** Our trace line, without the line end. */
  readonly received: string;
}

/** The message that failed, or only its header block when it is large or the sender asked for that (RFC 3461 §4.3). */
export interface Returned {
  readonly kind: 'message' | 'headers';
  readonly bytes: Buffer;
}

/** Lays a report out as `multipart/report; report-type=delivery-status` (RFC 6522, RFC 3464 §2). */
export async function composeReport(
  report: FailureReport,
  headers: ReportHeaders,
  returned: Returned,
): Promise<Buffer> {
  const root = new MimeNode('multipart/report; report-type=delivery-status', {
    hostname: headers.hostname,
    newline: '\r\n',
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  root.setHeader({
    Date: headers.date,
    From: { name: 'Mail Delivery System', address: `MAILER-DAEMON@${headers.hostname}` },
    To: { address: report.to },
    Subject: report.subject,
    'Message-ID': headers.messageId,
    'Auto-Submitted': 'auto-replied', // RFC 3834 §5
    ...(headers.references === ''
      ? {}
      : { References: headers.references, 'In-Reply-To': headers.references }),
  });
  root
    .createChild('text/plain; charset=utf-8')
    .setHeader('Content-Description', 'Notification')
    .setContent(report.text);
  root
    .createChild('message/delivery-status')
    .setHeader('Content-Description', 'Delivery report')
    .setContent(Buffer.from(report.fields.map((group) => `${group.join('\r\n')}\r\n`).join('\r\n')));
  const whole = returned.kind === 'message';
  root
    .createChild(whole ? 'message/rfc822' : 'text/rfc822-headers')
    .setHeader('Content-Description', whole ? 'Undelivered Message' : 'Undelivered Message Headers')
    // RFC 6522 §3: what is returned is not encoded again.
    .setHeader('Content-Transfer-Encoding', '8bit')
    .setContent(returned.bytes);
  const body = await root.build();
  return Buffer.concat([Buffer.from(`${headers.received}\r\n`), body]);
}
