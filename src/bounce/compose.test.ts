import { describe, expect, it } from 'vitest';
import type { Report } from '../core/report/report.ts';
import { composeReport } from './compose.ts';

const report: Report = {
  kind: 'failure',
  audience: 'sender',
  from: '',
  to: 'a@example.org',
  subject: 'Undelivered Mail Returned to Sender',
  text: 'Grüße\r\n',
  fields: [
    ['Reporting-MTA: dns; relay.example.org'],
    ['Final-Recipient: rfc822; b@x.test', 'Action: failed'],
  ],
  mayReturnAll: true,
  international: false,
};
const headers = {
  hostname: 'relay.example.org',
  messageId: '<4abc@relay.example.org>',
  date: 'Sat, 21 Nov 2026 22:00:00 +0000',
  references: '<1@example.org>',
  received: 'Received: by relay.example.org (dane-relay) id 4abc; Sat, 21 Nov 2026 22:00:00 +0000',
};
const header = 'Subject: hello\r\n';
const original = `${header}\r\n.dot and 8bit: ü\r\n`;
const whole = { kind: 'message', bytes: Buffer.from(original), header: Buffer.from(header) } as const;

async function composed(changed: Partial<Report> = {}, returned = whole): Promise<string> {
  return (await composeReport({ ...report, ...changed }, headers, returned)).content.toString();
}

describe('composeReport()', () => {
  it('is a multipart/report with three parts, the original untouched', async () => {
    const text = await composed();
    expect(text).toMatch(/^Received: by relay\.example\.org/);
    expect(text).toMatch(/Content-Type: multipart\/report;\s+report-type=delivery-status;\s+boundary=/);
    expect(text).toContain('From: Mail Delivery System <MAILER-DAEMON@relay.example.org>');
    expect(text).toContain('Message-ID: <4abc@relay.example.org>');
    expect(text).toContain('Auto-Submitted: auto-replied\r\n');
    expect(text).toContain('Content-Type: message/delivery-status\r\nContent-Transfer-Encoding: 7bit\r\n');
    expect(text).toContain(
      'Reporting-MTA: dns; relay.example.org\r\n\r\nFinal-Recipient: rfc822; b@x.test\r\nAction: failed\r\n',
    );
    expect(text).toContain('Content-Type: message/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n');
    expect(text).toContain(`\r\n\r\n${original}`);
  });

  it('has line ends of CR LF only', async () => {
    expect(await composed()).not.toMatch(/[^\r]\n|\r[^\n]/);
  });

  it('returns headers alone as text/rfc822-headers', async () => {
    const bytes = Buffer.from(header);
    const text = (
      await composeReport(report, headers, { kind: 'headers', bytes, header: bytes })
    ).content.toString();
    expect(text).toContain('Content-Type: text/rfc822-headers\r\nContent-Transfer-Encoding: 7bit\r\n');
    expect(text).toContain('\r\n\r\nSubject: hello\r\n');
  });

  it.each([
    ['message', 'message/global'],
    ['headers', 'message/global-headers'],
  ] as const)('RFC 6533 §6: a %s with UTF-8 in its header is %s', async (kind, type) => {
    const bytes = Buffer.from('Subject: grüße\r\n');
    const text = (await composeReport(report, headers, { kind, bytes, header: bytes })).content.toString();
    expect(text).toContain(`Content-Type: ${type}\r\nContent-Transfer-Encoding: 8bit\r\n`);
  });

  it('RFC 6533 §4: to an address outside ASCII it is international itself', async () => {
    const text = await composed({ to: 'grüße@例え.test', international: true });
    expect(text).toContain('To: grüße@例え.test');
    expect(text).toContain('Content-Type: message/global-delivery-status\r\n');
  });

  it('answers no message of the postmaster', async () => {
    expect(await composed({ audience: 'postmaster' })).toContain('Auto-Submitted: auto-generated\r\n');
  });

  it('describes what was not undelivered as what it is', async () => {
    expect(await composed({ kind: 'success' })).toContain('Content-Description: Message\r\n');
  });
});
