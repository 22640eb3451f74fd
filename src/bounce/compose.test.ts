import { describe, expect, it } from 'vitest';
import { composeReport } from './compose.ts';

const report = {
  to: 'a@example.org',
  subject: 'Undelivered Mail Returned to Sender',
  text: 'Grüße\r\n',
  fields: [
    ['Reporting-MTA: dns; relay.example.org'],
    ['Final-Recipient: rfc822; b@x.test', 'Action: failed'],
  ],
};
const headers = {
  hostname: 'relay.example.org',
  messageId: '<4abc@relay.example.org>',
  date: 'Sat, 21 Nov 2026 22:00:00 +0000',
  references: '<1@example.org>',
  received: 'Received: by relay.example.org (dane-relay) id 4abc; Sat, 21 Nov 2026 22:00:00 +0000',
};
const original = 'Subject: hello\r\n\r\n.dot and 8bit: ü\r\n';

describe('composeReport()', () => {
  it('is a multipart/report with three parts, the original untouched', async () => {
    const text = (
      await composeReport(report, headers, { kind: 'message', bytes: Buffer.from(original) })
    ).toString();
    expect(text).toMatch(/^Received: by relay\.example\.org/);
    expect(text).toMatch(/Content-Type: multipart\/report;\s+report-type=delivery-status;\s+boundary=/);
    expect(text).toContain('From: Mail Delivery System <MAILER-DAEMON@relay.example.org>');
    expect(text).toContain('Message-ID: <4abc@relay.example.org>');
    expect(text).toContain('Content-Type: message/delivery-status');
    expect(text).toContain(
      'Reporting-MTA: dns; relay.example.org\r\n\r\nFinal-Recipient: rfc822; b@x.test\r\nAction: failed\r\n',
    );
    expect(text).toContain(`Content-Type: message/rfc822\r\n`);
    expect(text).toContain(`\r\n\r\n${original}`);
  });

  it('has line ends of CR LF only', async () => {
    const bytes = await composeReport(report, headers, { kind: 'message', bytes: Buffer.from(original) });
    expect(bytes.toString()).not.toMatch(/[^\r]\n|\r[^\n]/);
  });

  it('returns headers alone as text/rfc822-headers', async () => {
    const bytes = await composeReport(report, headers, {
      kind: 'headers',
      bytes: Buffer.from('Subject: hello\r\n'),
    });
    expect(bytes.toString()).toContain('Content-Type: text/rfc822-headers');
    expect(bytes.toString()).toContain('\r\n\r\nSubject: hello\r\n');
  });
});
