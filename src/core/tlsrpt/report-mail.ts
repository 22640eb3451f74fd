import { sumOf, type DayCounts } from './counts.ts';
import { reportFileName, submitterDomain, type Submitter } from './report.ts';

/** What a report is as mail (RFC 8460 §5.3). */
export interface ReportMail {
  readonly counts: DayCounts;
  readonly submitter: Submitter;
  readonly to: string;
  readonly reportId: string;
  /** The part of the report id that is no other's. */
  readonly unique: string;
  /** The report, compressed. */
  readonly gzip: Buffer;
  /** RFC 5322 §3.3. */
  readonly date: string;
  /** With angle brackets. */
  readonly messageId: string;
}

/** Header and body, with CRLF, in seven bits and short lines: nobody has a reason to change it after it was signed. */
export function reportMail(mail: ReportMail): Buffer {
  const { counts, submitter, to, reportId, unique, gzip, date, messageId } = mail;
  const { domain } = counts;
  const ours = submitterDomain(submitter);
  const boundary = `=_${unique}`;
  const text = Buffer.from(`${wordsOf(mail).join('\r\n')}\r\n`);
  const lines = [
    `From: ${submitter.contact}`,
    `To: ${to}`,
    `Date: ${date}`,
    `Message-ID: ${messageId}`,
    `Subject: Report Domain: ${domain}`,
    ` Submitter: ${ours}`,
    ` Report-ID: <${reportId}>`,
    `TLS-Report-Domain: ${domain}`,
    `TLS-Report-Submitter: ${ours}`,
    // RFC 8460 §3, RFC 8689 §3: what keeps other mail from a host is no reason not to tell of it.
    'TLS-Required: No',
    'Auto-Submitted: auto-generated',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type="tlsrpt";',
    ` boundary="${boundary}"`,
    '',
    `--${boundary}`,
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: base64',
    '',
    ...base64Lines(text),
    `--${boundary}`,
    'Content-Type: application/tlsrpt+gzip',
    'Content-Transfer-Encoding: base64',
    'Content-Disposition: attachment;',
    ` filename="${reportFileName(counts, ours, unique)}"`,
    '',
    ...base64Lines(gzip),
    `--${boundary}--`,
    '',
  ];
  return Buffer.from(lines.join('\r\n'), 'latin1');
}

function wordsOf({ counts, submitter }: Pick<ReportMail, 'counts' | 'submitter'>): readonly string[] {
  const { day, domain } = counts;
  const { successes, failures } = sumOf(counts);
  return [
    `This is a report about TLS (RFC 8460) from ${submitter.organizationName}.`,
    '',
    `On ${day} (UTC) our mail servers opened sessions to deliver mail for ${domain}:`,
    `${successes} complied with the policy of your domain, ${failures} did not.`,
    '',
    'The attachment has the details, for programs. You get this mail because',
    `the TXT record of _smtp._tls.${domain} asks for it.`,
    `Questions: ${submitter.contact}`,
  ];
}

/** RFC 2045 §6.8. */
function base64Lines(octets: Buffer): readonly string[] {
  return octets.toString('base64').match(/.{1,76}/g) ?? [];
}
