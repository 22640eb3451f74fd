import { describe, expect, it } from 'vitest';
import type { Message } from '../mail/message.ts';
import { failureReport, reportable } from './failure-report.ts';
import type { Tried } from './settle.ts';

const message: Message = {
  queueId: '4abc',
  envelope: {
    sender: 'a@example.org',
    recipients: [{ address: 'b@x.test' }],
    body: '7BIT',
    smtpUtf8: false,
    envid: 'order-7',
  },
  arrivedAt: 0,
  size: 1,
  messageId: '<1@example.org>',
};
const reporter = { hostname: 'relay.example.org', date: 'DATE', arrivalDate: 'ARRIVAL' };

const refused: Tried = {
  index: 0,
  recipient: { address: 'b@x.test', orcpt: 'rfc822;list@x.test' },
  status: {
    outcome: 'bounced',
    scope: 'recipient',
    dsn: '5.1.1',
    reason: 'host mx.x.test[192.0.2.1] said: 550 5.1.1 no such user (in reply to RCPT TO command)',
    remote: { host: 'mx.x.test', reply: '550 5.1.1 no such\r\nuser' },
  },
};

describe('failureReport()', () => {
  const report = failureReport(message, [refused], false, reporter);

  it('tells the remote reply to programs, RFC 3464 §2.3', () => {
    expect(report.fields).toEqual([
      [
        'Original-Envelope-Id: order-7',
        'Reporting-MTA: dns; relay.example.org',
        'Arrival-Date: ARRIVAL',
        'X-Dane-Relay-Queue-ID: 4abc',
      ],
      [
        'Original-Recipient: rfc822;list@x.test',
        'Final-Recipient: rfc822; b@x.test',
        'Action: failed',
        'Status: 5.1.1',
        'Remote-MTA: dns; mx.x.test',
        'Diagnostic-Code: smtp; 550 5.1.1 no such user',
        'Last-Attempt-Date: DATE',
      ],
    ]);
  });

  it('tells people who was not reached and why, in short lines', () => {
    expect(report.text.replaceAll(/\s+/g, ' ')).toContain(`<b@x.test>: ${refused.status.reason}`);
    for (const line of report.text.split('\r\n')) expect(line.length).toBeLessThanOrEqual(78);
  });

  it('says that time was up when it was', () => {
    expect(failureReport(message, [refused], true, reporter).text).toContain(
      'could not be delivered in time',
    );
  });
});

describe('reportable()', () => {
  it('is nobody for the null sender, RFC 5321 §6.1', () => {
    const bounce = { ...message, envelope: { ...message.envelope, sender: '' } };
    expect(reportable(bounce, [refused])).toEqual([]);
  });

  it.each([
    [undefined, 1],
    [['FAILURE'], 1],
    [['SUCCESS', 'FAILURE'], 1],
    [['NEVER'], 0],
    [['SUCCESS', 'DELAY'], 0],
  ] as const)('NOTIFY=%j, RFC 3461 §4.1', (notify, count) => {
    const recipient = notify === undefined ? { address: 'b@x.test' } : { address: 'b@x.test', notify };
    expect(reportable(message, [{ ...refused, recipient }])).toHaveLength(count);
  });
});
