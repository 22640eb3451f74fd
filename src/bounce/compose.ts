import MimeNode from 'nodemailer/lib/mime-node';
import type { Report } from '../core/report/report.ts';
import type { Returned } from './returned.ts';

export interface ReportHeaders {
  /** Host part of MAILER-DAEMON and of the Message-ID. */
  readonly hostname: string;
  /** With angle brackets. */
  readonly messageId: string;
  readonly date: string;
  /** Message-ID of the message it is about, or the empty string. */
  readonly references: string;
  /** Our trace line, without the line end. */
  readonly received: string;
  /** Like the message that it is about, it goes to any host (RFC 8689 §3). */
  readonly tlsOptional?: boolean;
}

export interface ComposedReport {
  /** MIME. */
  readonly content: Buffer;
  /** Where in it the returned message begins and ends; absent if its octets are not there as they were. */
  readonly returned?: { readonly from: number; readonly to: number };
}

/** Composes a report as `multipart/report; report-type=delivery-status` (RFC 6522, RFC 3464 §2, RFC 6533 §4). */
export async function composeReport(
  report: Report,
  headers: ReportHeaders,
  returned: Returned,
): Promise<ComposedReport> {
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
    // RFC 3834 §5: a copy for the postmaster is no answer to a message from the postmaster.
    'Auto-Submitted': report.audience === 'sender' ? 'auto-replied' : 'auto-generated',
    ...(headers.references === ''
      ? {}
      : { References: headers.references, 'In-Reply-To': headers.references }),
  });
  root
    .createChild('text/plain; charset=utf-8')
    .setHeader('Content-Description', 'Notification')
    .setContent(report.text);
  const fields = Buffer.from(report.fields.map((group) => `${group.join('\r\n')}\r\n`).join('\r\n'));
  const status = report.international ? 'message/global-delivery-status' : 'message/delivery-status';
  root.createChild().setRaw(rawPart('Delivery report', status, fields));
  const part = rawPart(describe(report, returned), returnedType(returned), returned.bytes);
  root.createChild().setRaw(part);
  const body = await root.build();
  const own = headers.tlsOptional ? `${headers.received}\r\nTLS-Required: No` : headers.received;
  const content = Buffer.concat([Buffer.from(`${own}\r\n`), body]);
  // It is the last part, and goes in as it is, but for line ends that are none of mail.
  const at = content.lastIndexOf(part);
  if (at < 0) return { content };
  const to = at + part.length;
  return { content, returned: { from: to - returned.bytes.length, to } };
}

/**
 * RFC 6522 §3, RFC 3464 §2.1: neither the fields nor the returned message is encoded, so these parts bypass the
 * library.
 */
function rawPart(description: string, type: string, content: Buffer): Buffer {
  const head = [
    `Content-Description: ${description}`,
    `Content-Type: ${type}`,
    `Content-Transfer-Encoding: ${isAscii(content) ? '7bit' : '8bit'}`,
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), content]);
}

/** RFC 6532 §3.7, RFC 6533 §6.2: a header that is not ASCII needs a type of its own. */
function returnedType({ kind, header }: Returned): string {
  if (isAscii(header)) return kind === 'message' ? 'message/rfc822' : 'text/rfc822-headers';
  return kind === 'message' ? 'message/global' : 'message/global-headers';
}

function describe({ kind }: Report, returned: Returned): string {
  const what = returned.kind === 'message' ? 'Message' : 'Message Headers';
  return kind === 'success' ? what : `Undelivered ${what}`;
}

export function isAscii(bytes: Uint8Array): boolean {
  return bytes.every((octet) => octet < 0x80);
}
